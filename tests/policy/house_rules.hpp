// The rules of the house: who may include whom, which calls are banned and what to use instead, how long a file may be.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace blitzen::policy {

/// One sentence, with file and line, for each place in the repository that breaks a rule.
[[nodiscard]] std::vector<std::string> broken_rules(const std::filesystem::path& repository);

}  // namespace blitzen::policy
