#include "tests/soak/server_facts.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace blitzen::soak {
namespace {

std::filesystem::path proc(pid_t process) { return std::filesystem::path("/proc") / std::to_string(process); }

}  // namespace

double mebibytes_of(pid_t process) {
  std::ifstream file(proc(process) / "status");
  constexpr double kibibytes_per_mebibyte = 1024;
  for (std::string word; file >> word;) {
    double kibibytes = 0;
    if (word == "VmRSS:" && file >> kibibytes) return kibibytes / kibibytes_per_mebibyte;
  }
  throw std::runtime_error("process " + std::to_string(process) + " is gone");
}

std::size_t count_descriptors(pid_t process) {
  const std::filesystem::directory_iterator descriptors(proc(process) / "fd");
  return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

double median(std::vector<double> numbers) {
  if (numbers.empty()) return 0;
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

}  // namespace blitzen::soak
