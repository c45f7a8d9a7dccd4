#include "blitzen/logging.hpp"
#include "base/printable.hpp"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/system_error.hpp"
#include "blitzen/error.hpp"

namespace blitzen::logging {
namespace {

struct LevelName {
  Level level;
  std::string_view option;  ///< As in set_loglevel.
  std::string_view label;   ///< As in a line, padded so that messages line up.
  spdlog::level::level_enum spdlog;
};

constexpr std::array level_names{
    LevelName{Level::debug, "debug", "DEBUG   ", spdlog::level::debug},
    LevelName{Level::info, "info", "INFO    ", spdlog::level::info},
    LevelName{Level::warning, "warning", "WARNING ", spdlog::level::warn},
    LevelName{Level::error, "error", "ERROR   ", spdlog::level::err},
};

const LevelName& name_of(Level level) { return level_names.at(static_cast<std::size_t>(level)); }

/// The flag %* of our pattern: the level in capitals, padded.
class LabelFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    for (const auto& name : level_names) {
      if (name.spdlog == message.level) line.append(name.label.data(), name.label.data() + name.label.size());
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<LabelFlag>(); }
};

std::unique_ptr<spdlog::formatter> make_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LabelFlag>('*').set_pattern("%Y-%m-%d %H:%M:%S blitzen  %^%*%$ %v");
  return formatter;
}

/// Appends every line at once. Throws Error{system}, one sentence that names the file, when that is not possible.
class FileSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FileSink(std::filesystem::path file) : file_(std::move(file)) {
    std::error_code seen_at_open;
    if (file_.has_parent_path()) std::filesystem::create_directories(file_.parent_path(), seen_at_open);
    constexpr mode_t as_umask_allows = 0666;
    fd_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, as_umask_allows);
    if (fd_ < 0) throw base::system_error("cannot open the log file " + file_.string() + ", choose another one");
  }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink() override { ::close(fd_); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    std::string_view rest{line.data(), line.size()};
    while (!rest.empty()) {
      const ssize_t written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw base::system_error("lines are missing in the log file " + file_.string());
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void flush_() override {}

  std::filesystem::path file_;
  int fd_ = -1;
};

/// What Logger hides: where lines go and from which level on.
class Output {
 public:
  Output()
      : stderr_(std::make_shared<spdlog::sinks::stderr_color_sink_mt>()),
        sinks_(std::make_shared<spdlog::sinks::dist_sink_mt>()),
        logger_("blitzen", sinks_) {
    sinks_->add_sink(stderr_);
    sinks_->set_formatter(make_formatter());
    logger_.set_level(spdlog::level::info);
    logger_.flush_on(spdlog::level::trace);
    logger_.set_error_handler([this](const std::string& problem) { tell_once(problem); });
  }

  void write(Level level, std::string_view message) {
    logger_.log(name_of(level).spdlog, spdlog::string_view_t{message.data(), message.size()});
  }

  [[nodiscard]] bool writes(Level level) const noexcept {
    return logger_.should_log(static_cast<spdlog::level::level_enum>(name_of(level).spdlog));
  }

  void set_file(const std::filesystem::path& file) {
    auto sink = std::make_shared<FileSink>(file);
    sink->set_formatter(make_formatter());
    const std::lock_guard lock{mutex_};
    sinks_->add_sink(sink);
    if (file_ != nullptr) sinks_->remove_sink(file_);
    file_ = std::move(sink);
    told_ = false;
  }

  void set_level(Level level) {
    const std::lock_guard lock{mutex_};
    level_ = level;
    apply();
  }

  void set_enabled(bool enabled) {
    const std::lock_guard lock{mutex_};
    enabled_ = enabled;
    apply();
  }

 private:
  /// For a file that cannot be written; stderr goes on. Once for each file, because every further line would fail
  /// alike.
  void tell_once(const std::string& problem) {
    if (!told_.exchange(true)) stderr_->log({logger_.name(), spdlog::level::err, base::printable(problem)});
  }

  void apply() { logger_.set_level(enabled_ ? name_of(level_).spdlog : spdlog::level::off); }

  std::shared_ptr<spdlog::sinks::sink> stderr_;
  std::shared_ptr<spdlog::sinks::dist_sink_mt> sinks_;
  spdlog::logger logger_;
  std::mutex mutex_;
  Level level_ = Level::info;
  bool enabled_ = true;
  std::shared_ptr<spdlog::sinks::sink> file_;
  std::atomic<bool> told_ = false;  ///< That file_ cannot be written.
};

/// Never destroyed: threads and static objects may log while the program ends.
Output& output() {
  static Output& instance = *new Output;
  return instance;
}

}  // namespace

void Logger::log(Level level, std::string_view message) {
  if (writes(level)) output().write(level, base::printable(message));
}

bool Logger::writes(Level level) const noexcept { return output().writes(level); }

Logger& get_logger() {
  static Logger& instance = *new Logger;
  return instance;
}

void set_logfile(const std::filesystem::path& file) { output().set_file(file); }

void set_loglevel(Level level) { output().set_level(level); }

void set_loglevel(std::string_view name) {
  for (const auto& entry : level_names) {
    if (entry.option == name) return set_loglevel(entry.level);
  }
  throw Error{ErrorCode::invalid_option,
              "the log level \"" + std::string{name} + "\" is unknown; use debug, info, warning or error"};
}

void disable() { output().set_enabled(false); }
void enable() { output().set_enabled(true); }

}  // namespace blitzen::logging
