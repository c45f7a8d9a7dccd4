#include "logging/file_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/system_error.hpp"

namespace blitzen::logging {

FileSink::FileSink(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code seen_at_open;
  if (file_.has_parent_path()) std::filesystem::create_directories(file_.parent_path(), seen_at_open);
  constexpr mode_t as_umask_allows = 0666;
  fd_.reset(::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, as_umask_allows));
  if (!fd_) throw base::system_error("cannot open the log file " + file_.string() + ", choose another one");
}

void FileSink::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  std::string_view rest{line.data(), line.size()};
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw base::system_error("lines are missing in the log file " + file_.string());
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace blitzen::logging
