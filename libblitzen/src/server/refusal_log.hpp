// Says which peers were refused, but not so often that strangers fill the disk with the log.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace blitzen::server {

class RefusalLog {
 public:
  /// Sentences in one period that are passed on as they are; the others are counted.
  static constexpr std::uint64_t sentences_max = 20;
  static constexpr std::chrono::milliseconds period_default{10'000};

  /// `say` is called from note() and from the loop.
  RefusalLog(asio::io_context& io, std::function<void(const std::string&)> say,
             std::chrono::milliseconds period = period_default);

  void note(const std::string& sentence);

 private:
  void end_period();

  std::function<void(const std::string&)> say_;
  std::chrono::milliseconds period_;
  asio::steady_timer timer_;
  std::uint64_t noted_ = 0;  ///< In this period, which begins with the first one.
};

}  // namespace blitzen::server
