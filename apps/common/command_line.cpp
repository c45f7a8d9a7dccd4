#include "apps/common/command_line.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <istream>
#include <memory>
#include <set>
#include <vector>

#include "blitzen/version.hpp"

namespace blitzen::app {
namespace {

/// Reads config files more strictly than CLI11 does, and after the environment instead of before it.
class StrictConfig : public CLI::ConfigTOML {
 public:
  explicit StrictConfig(CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& file) const override {
    take_environment();
    auto entries = CLI::ConfigTOML::from_config(file);
    check_keys(entries);
    return entries;
  }

 private:
  /// An option that has a value when the file is applied keeps it.
  void take_environment() const {
    for (CLI::Option* option : app_.get_options()) {
      if (!option->empty() || option->get_envname().empty()) continue;
      const char* value = std::getenv(option->get_envname().c_str());
      if (value != nullptr && *value != '\0') option->add_result(value);
    }
  }

  void check_keys(const std::vector<CLI::ConfigItem>& entries) const {
    std::set<std::string> seen;
    for (const auto& item : entries) {
      const std::string key = item.fullname();
      if (!item.parents.empty() || app_.get_option_no_throw("--" + key) == nullptr)
        throw CLI::ConfigError("the config file has an unknown key \"" + key + '"');
      if (!seen.insert(key).second) throw CLI::ConfigError("the config file has the key \"" + key + "\" in two places");
    }
  }

  CLI::App& app_;
};

}  // namespace

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
  config_formatter(std::make_shared<StrictConfig>(*this));
}

void CommandLine::read(int argc, const char* const* argv) {
  try {
    parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    throw Answer{help() + '\n'};
  } catch (const CLI::CallForVersion& answer) {
    throw Answer{std::string{answer.what()} + '\n'};
  } catch (const CLI::ParseError& error) {
    throw UsageError{std::string{error.what()} + "; see " + program_ + " --help"};
  }
}

}  // namespace blitzen::app
