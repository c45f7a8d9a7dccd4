#include "call/modules.hpp"

#include <elf.h>
#include <link.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "base/hex.hpp"

namespace blitzen::call {
namespace {

struct Segment {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
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

std::string module_label(const std::string& name) { return name.empty() ? "the executable" : "'" + name + "'"; }

}  // namespace

struct Modules::Module {
  explicit Module(const dl_phdr_info& info) : name(file_name(info.dlpi_name)), base(info.dlpi_addr) {
    for (const ElfW(Phdr) & header : std::span{info.dlpi_phdr, info.dlpi_phnum}) {
      const std::uintptr_t begin = base + header.p_vaddr;
      if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0)
        executable.push_back({begin, begin + header.p_memsz});
      if (header.p_type == PT_NOTE && build_id.empty())
        build_id = find_build_id(std::bit_cast<const unsigned char*>(begin), header.p_memsz);
    }
  }

  [[nodiscard]] bool holds_code(std::uintptr_t address) const {
    for (const Segment& segment : executable)
      if (address >= segment.begin && address < segment.end) return true;
    return false;
  }

  std::string name;  // empty for the executable
  std::string build_id;
  std::uintptr_t base = 0;
  std::vector<Segment> executable;
};

Modules::Modules() = default;
Modules::~Modules() = default;

/// Called for one module after the other; 1 ends that, where nothing is new. Looking at one touches a page of it, and a
/// worker would do so before its first task.
int Modules::see(const dl_phdr_info& info, bool is_first) {
  if (is_first) {
    if (!modules_.empty() && info.dlpi_adds == loaded_ && info.dlpi_subs == unloaded_) return 1;
    modules_.clear();
    loaded_ = info.dlpi_adds;
    unloaded_ = info.dlpi_subs;
  }
  modules_.emplace_back(info);
  // The loader lists the executable first.
  if (is_first) modules_.front().name.clear();
  return 0;
}

void Modules::refresh() {
  struct Walk {
    Modules& modules;
    bool is_first = true;
  } walk{*this};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& [modules, is_first] = *static_cast<Walk*>(data);
        return modules.see(*info, std::exchange(is_first, false));
      },
      &walk);
}

std::optional<proto::CodeAddress> Modules::locate(const void* address) {
  refresh();
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  for (const Module& module : modules_)
    if (module.holds_code(wanted)) return proto::CodeAddress{module.name, module.build_id, wanted - module.base};
  return std::nullopt;
}

std::variant<const void*, std::string> Modules::resolve(const proto::CodeAddress& code) {
  refresh();
  for (const Module& module : modules_) {
    if (module.name != code.module) continue;
    if (module.build_id != code.build_id)
      return "this machine's " + module_label(code.module) +
             " is another build than the driver's; install the same version on both";
    const std::uintptr_t address = module.base + code.offset;
    if (!module.holds_code(address))
      return "the function lies outside the code of " + module_label(code.module) +
             "; the driver and this image do not match";
    return std::bit_cast<const void*>(address);
  }
  return "the function lives in " + module_label(code.module) +
         ", which this process has not loaded; link the program with it instead of opening it at run time";
}

}  // namespace blitzen::call
