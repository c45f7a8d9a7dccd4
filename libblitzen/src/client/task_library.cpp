#include "client/task_library.hpp"

#include <elf.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "blitzen/error.hpp"

namespace blitzen::client {
namespace {

std::optional<Elf64_Ehdr> read_elf_header(const std::filesystem::path& path) {
  Elf64_Ehdr header{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header)) return std::nullopt;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  return header;
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw Error(ErrorCode::invalid_option, "cannot use the task library " + path.string() + ": " + why);
}

}  // namespace

std::string check_task_library(const std::filesystem::path& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error || !std::filesystem::is_regular_file(absolute, error)) refuse(path, "there is no such file");
  const auto header = read_elf_header(absolute);
  if (!header || header->e_type != ET_DYN) refuse(path, "it is not a shared library that can be read");
  const auto own = read_elf_header("/proc/self/exe");
  if (own && header->e_machine != own->e_machine) refuse(path, "it was built for another kind of machine");
  return absolute.string();
}

}  // namespace blitzen::client
