#include "call/modules.hpp"

#include <elf.h>
#include <link.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/hex.hpp"

namespace blitzen::call {
namespace {

struct Segment {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

struct Module {
  std::string name;  // empty for the executable
  std::string build_id;
  std::uintptr_t base = 0;
  std::vector<Segment> executable;

  [[nodiscard]] bool holds_code(std::uintptr_t address) const {
    for (const Segment& segment : executable)
      if (address >= segment.begin && address < segment.end) return true;
    return false;
  }
};

/// Walks the notes of a PT_NOTE segment: each is a header, a name and a description, both padded to four bytes.
std::string find_build_id(const unsigned char* notes, std::size_t size) {
  constexpr auto padded = [](std::size_t bytes) { return (bytes + 3) & ~std::size_t{3}; };
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header{};
    std::memcpy(&header, notes, sizeof(header));
    const std::size_t whole = sizeof(header) + padded(header.n_namesz) + padded(header.n_descsz);
    if (whole > size) return {};
    const unsigned char* name = notes + sizeof(header);
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0)
      return base::to_hex(std::as_bytes(std::span{name + padded(header.n_namesz), header.n_descsz}));
    notes += whole;
    size -= whole;
  }
  return {};
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

int add_module(dl_phdr_info* info, std::size_t, void* data) {
  auto& modules = *static_cast<std::vector<Module>*>(data);
  Module module;
  // The loader lists the executable first.
  if (!modules.empty()) module.name = file_name(info->dlpi_name);
  module.base = info->dlpi_addr;
  for (const ElfW(Phdr) & header : std::span{info->dlpi_phdr, info->dlpi_phnum}) {
    const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0)
      module.executable.push_back({begin, begin + header.p_memsz});
    if (header.p_type == PT_NOTE && module.build_id.empty())
      module.build_id = find_build_id(reinterpret_cast<const unsigned char*>(begin), header.p_memsz);
  }
  modules.push_back(std::move(module));
  return 0;
}

std::vector<Module> loaded_modules() {
  std::vector<Module> modules;
  dl_iterate_phdr(add_module, &modules);
  return modules;
}

std::string module_label(const std::string& name) { return name.empty() ? "the executable" : "'" + name + "'"; }

}  // namespace

std::optional<proto::CodeAddress> locate(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  for (const Module& module : loaded_modules())
    if (module.holds_code(wanted)) return proto::CodeAddress{module.name, module.build_id, wanted - module.base};
  return std::nullopt;
}

std::variant<const void*, std::string> resolve(const proto::CodeAddress& code) {
  for (const Module& module : loaded_modules()) {
    if (module.name != code.module) continue;
    if (module.build_id != code.build_id)
      return "this machine's " + module_label(code.module) +
             " is another build than the driver's; install the same version on both";
    const std::uintptr_t address = module.base + code.offset;
    if (!module.holds_code(address))
      return "the function lies outside the code of " + module_label(code.module) +
             "; the driver and this image do not match";
    return reinterpret_cast<const void*>(address);
  }
  return "the function lives in " + module_label(code.module) +
         ", which this process has not loaded; link the program with it instead of opening it at run time";
}

}  // namespace blitzen::call
