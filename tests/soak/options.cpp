#include "tests/soak/options.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/soak/part.hpp"

namespace blitzen::soak {

const char* const usage =
    "Usage: blitzen_soak [OPTION...] [PART...]\n"
    "\n"
    "Runs the parts that are named, or all, and ends with a table of figures and goals.\n"
    "Exit status: 0 when no goal was missed, 1 when one was, 2 when an option makes no sense.\n"
    "\n"
    "  --scale X        that much of what the project promises, such as 0.01, for a try [1]\n"
    "  --seed N         what chance decides [1]\n"
    "  --directory DIR  where histories and logs are kept, a directory for each part [soak, beside the programs]\n"
    "  --figures DIR    where the figures of each part are kept [beside its logs]\n"
    "  --sources NAME   names what is tried, in the figures that are kept of each part; scripts/soak gives their sum\n"
    "  --resume         do not run again what met its goals with the same sources, scale and seed\n";

namespace {

template <class Convert>
auto number_in(const std::string& option, const std::string& text, Convert convert) {
  try {
    return convert(text);
  } catch (const std::logic_error&) {
    throw std::invalid_argument(option + " takes a number, not \"" + text + "\"");
  }
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  options.directory = SOAK_DIRECTORY;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == arguments.size()) throw std::invalid_argument(word + " needs a value; see --help");
      return arguments[++i];
    };
    if (word == "--help") {
      options.help = true;
    } else if (word == "--resume") {
      options.resume = true;
    } else if (word == "--sources") {
      options.sources = value();
    } else if (word == "--scale") {
      options.scale = number_in(word, value(), [](const std::string& text) { return std::stod(text); });
      if (!(options.scale > 0 && options.scale <= 100))
        throw std::invalid_argument("--scale must lie between 0 and 100");
    } else if (word == "--seed") {
      options.seed = number_in(word, value(), [](const std::string& text) { return std::stoull(text); });
    } else if (word == "--directory") {
      options.directory = std::filesystem::absolute(value());
    } else if (word == "--figures") {
      options.figures = std::filesystem::absolute(value());
    } else {
      const auto& parts = all_parts();
      if (std::none_of(parts.begin(), parts.end(), [&](const Part& part) { return part.name == word; }))
        throw std::invalid_argument("there is no part or option \"" + word + "\"; see scripts/soak --list and --help");
      options.parts.push_back(word);
    }
  }
  if (options.resume && options.sources.empty()) throw std::invalid_argument("--resume needs --sources; see --help");
  return options;
}

}  // namespace blitzen::soak
