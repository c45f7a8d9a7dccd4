#include "apps/common/command_line.hpp"

#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <istream>
#include <memory>
#include <string_view>

#include "apps/common/suggestion.hpp"
#include "blitzen/version.hpp"

namespace blitzen::app {
namespace {

constexpr std::string_view variable_prefix = "BLITZEN_";

/// Set by a pool for the processes it starts, never by users. Without the prefix.
constexpr std::array<std::string_view, 3> internal_variables{"ZYGOTE", "WORKER", "FAMILY"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The value of the option's environment variable; empty if there is none, or no value.
std::string_view in_environment(const CLI::Option& option) {
  if (option.get_envname().empty()) return {};
  const char* value = std::getenv(option.get_envname().c_str());
  return value == nullptr ? "" : value;
}

std::string did_you_mean(const std::string& name) { return name.empty() ? "" : "; did you mean " + name + '?'; }

/// The option that a variable would set if every option had one: --key-file for KEY_FILE, which is without the prefix.
std::string option_of_variable(std::string_view variable) {
  std::string option = "--";
  for (const char c : variable)
    option += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return option;
}

}  // namespace

/// Reads config files after the environment, where CLI11 would read them before it.
class CommandLine::ConfigReader : public CLI::ConfigTOML {
 public:
  explicit ConfigReader(CommandLine& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& file) const override {
    take_environment();
    try {
      app_.config_ = read_config_file(file);
    } catch (const ConfigFileError& error) {
      throw UsageError{app_.config_line(error.line()) + error.what()};
    }
    std::vector<CLI::ConfigItem> result;
    for (const auto& entry : app_.config_) {
      check(entry);
      CLI::ConfigItem item;
      item.name = entry.key;
      item.inputs = entry.values;
      if (!item.inputs.empty()) result.push_back(std::move(item));
    }
    return result;
  }

 private:
  /// An option that has a value when the file is applied keeps it.
  void take_environment() const {
    for (CLI::Option* option : app_.get_options()) {
      const auto value = in_environment(*option);
      if (option->empty() && !value.empty()) option->add_result(std::string{value});
    }
  }

  void check(const ConfigEntry& entry) const {
    const auto refuse = [&](const std::string& problem) { throw UsageError{app_.config_line(entry.line) + problem}; };
    const CLI::Option* option = app_.get_option_no_throw("--" + entry.key);
    if (option == nullptr)
      refuse("unknown key \"" + entry.key + '"' + did_you_mean(nearest(entry.key, app_.option_names())));
    else if (!option->get_configurable())
      refuse(entry.key + " cannot be set in a config file");
    else if (entry.values.size() != 1 && option->get_items_expected_max() <= 1)
      refuse(entry.key + " takes one value, not a list");
  }

  CommandLine& app_;
};

CommandLine::CommandLine(const std::string& name, const std::string& description, const std::string& examples)
    : CLI::App(description, name), program_(name) {
  set_help_flag("-h,--help", "Print this help");
  set_version_flag("--version", name + ' ' + std::string{blitzen::version}, "Print the version");
  footer("Examples:\n" + examples);
  get_formatter()->column_width(32);
}

void CommandLine::take_config_file() {
  set_config("--config", "", "Read options from this file; the command line and the environment win over it")
      ->type_name("FILE");
  allow_config_extras(CLI::config_extras_mode::error);
  config_formatter(std::make_shared<ConfigReader>(*this));
}

void CommandLine::read(int argc, const char* const* argv) {
  arguments_.assign(argv, argv + argc);
  std::string problem;
  try {
    return parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    throw Answer{help() + '\n'};
  } catch (const CLI::CallForVersion& answer) {
    throw Answer{std::string{answer.what()} + '\n'};
  } catch (const CLI::ParseError& error) {
    problem = explain(error);
  } catch (const UsageError& error) {
    problem = error.what();
  }
  // An argument that nobody knows is the likeliest cause of any other trouble, such as an option that seems to miss.
  for (const auto& argument : remaining()) {
    if (argument == "--") continue;
    problem = explain_argument(argument);
    break;
  }
  throw UsageError{problem + (problem.ends_with('?') ? " see " : "; see ") + program_ + " --help"};
}

std::string CommandLine::explain(const CLI::ParseError& error) const {
  const std::string sentence = error.what();
  if (dynamic_cast<const CLI::FileError*>(&error) != nullptr)
    return "the config file " + get_config_ptr()->as<std::string>() + " cannot be read: name one that is there";
  for (const CLI::Option* option : get_options()) {
    const std::string name = option->get_name();
    if (!sentence.starts_with(name + ": ")) continue;
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
      return name + (option->count() > 1 ? " is given twice" : " needs a value");
    const std::string problem = sentence.substr(name.size() + 2);
    return source_of(*option) + (problem.starts_with("must ") ? " " : ": ") + problem;
  }
  return sentence;
}

std::string CommandLine::explain_argument(const std::string& argument) const {
  if (argument.starts_with('-')) {
    const std::string name = argument.substr(0, argument.find('='));
    const auto letters = std::min(name.find_first_not_of('-'), name.size());
    const std::string meant = nearest(name.substr(letters), option_names());
    return "unknown option " + name + did_you_mean(meant.empty() ? "" : "--" + meant);
  }
  for (const CLI::Option* option : get_options()) {
    if (option->get_required() && option->count() == 0 && option->nonpositional())
      return "unexpected argument \"" + argument + '"' + did_you_mean(option->get_name() + ' ' + argument);
  }
  return "unexpected argument \"" + argument + '"';
}

std::string CommandLine::source_of(const CLI::Option& option) const {
  const std::string name = option.get_name();
  const bool in_arguments = std::any_of(arguments_.begin(), arguments_.end(), [&](const std::string& argument) {
    return argument == name || argument.starts_with(name + '=');
  });
  if (in_arguments) return name;
  if (!in_environment(option).empty()) return option.get_envname();
  for (const auto& entry : config_) {
    if ("--" + entry.key == name) return config_line(entry.line) + entry.key;
  }
  return name;
}

std::string CommandLine::config_line(int line) const {
  return get_config_ptr()->as<std::string>() + ", line " + std::to_string(line) + ": ";
}

std::vector<std::string> CommandLine::option_names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : get_options())
    names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
  return names;
}

std::vector<std::string> CommandLine::ignored_variables() const {
  const std::string prefix{variable_prefix};
  std::vector<std::string> known;  // without the prefix
  for (const CLI::Option* option : get_options()) {
    if (option->get_envname().starts_with(prefix)) known.push_back(option->get_envname().substr(prefix.size()));
  }
  std::vector<std::string> sentences;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view setting = *entry;
    if (!setting.starts_with(prefix)) continue;
    const std::string name{setting.substr(prefix.size(), setting.find('=') - prefix.size())};
    if (contains(known, name) || contains(internal_variables, name)) continue;
    const std::string option = option_of_variable(name);
    const std::string meant = nearest(name, known);
    const std::string advice = get_option_no_throw(option) != nullptr
                                   ? "; use the option " + option + " instead"
                                   : did_you_mean(meant.empty() ? "" : prefix + meant);
    sentences.push_back("the environment variable " + prefix + name + " sets nothing in " + program_ + advice);
  }
  return sentences;
}

}  // namespace blitzen::app
