#include "server/refusal_log.hpp"

#include <utility>

#include "base/counted.hpp"

namespace blitzen::server {

RefusalLog::RefusalLog(asio::io_context& io, std::function<void(const std::string&)> say,
                       std::chrono::milliseconds period)
    : say_(std::move(say)), period_(period), timer_(io) {}

void RefusalLog::note(const std::string& sentence) {
  if (noted_++ == 0) {
    timer_.expires_after(period_);
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error) end_period();
    });
  }
  if (noted_ <= sentences_max) say_(sentence);
}

void RefusalLog::end_period() {
  const std::uint64_t unsaid = std::exchange(noted_, 0);
  if (unsaid <= sentences_max) return;
  const auto seconds = std::chrono::duration<double>(period_).count();
  say_(base::counted(unsaid - sentences_max, "more peer") + " refused within " +
       std::to_string(static_cast<int>(seconds)) + " s");
}

}  // namespace blitzen::server
