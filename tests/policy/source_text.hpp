// A C++ source file, as the house rules look at it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace blitzen::policy {

struct Include {
  std::size_t line;
  std::string target;  ///< With its brackets or quotes: <vector>, "core/ids.hpp".
};

struct SourceText {
  std::vector<std::string> lines;  ///< As they are, from line 1 at index 0.
  std::vector<std::string> code;   ///< The same without comments and without what is inside literals.
  std::vector<Include> includes;
};

[[nodiscard]] SourceText read_source(const std::filesystem::path& file);

}  // namespace blitzen::policy
