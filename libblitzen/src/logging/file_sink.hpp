// The log's file.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <filesystem>
#include <mutex>

#include "base/unique_fd.hpp"

namespace blitzen::logging {

/// Appends every line at once. Throws Error{system}, one sentence that names the file, when that is not possible.
class FileSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FileSink(std::filesystem::path file);

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

  std::filesystem::path file_;
  base::UniqueFd fd_;
};

}  // namespace blitzen::logging
