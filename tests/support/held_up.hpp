// Holds a thread up that works with an image cache, so that a test sees what happens meanwhile.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "images/image_cache.hpp"

namespace blitzen::testing {

/// Holds up whoever comes upon a damaged image in the cache, when it has been deleted and is reported.
class HeldUp {
 public:
  /// `on_hold` is called in the thread that is held up.
  explicit HeldUp(std::function<void()> on_hold = [] {}) : on_hold_(std::move(on_hold)) {}
  HeldUp(const HeldUp&) = delete;
  HeldUp& operator=(const HeldUp&) = delete;

  [[nodiscard]] images::ImageCache make_cache(const std::filesystem::path& directory) {
    return images::ImageCache(directory, images::cache_bytes_max_default, [this](const std::string&) { hold(); });
  }

  /// Puts something else under the image's name.
  static void damage(const std::filesystem::path& directory, const proto::ImageHash& hash) {
    if (!std::filesystem::exists(directory)) {
      std::filesystem::create_directories(directory);
      std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
    }
    std::ofstream(directory / images::to_hex(hash)) << "damaged";
  }

  /// Waits until somebody is held up.
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return holds_; });
  }
  [[nodiscard]] bool holds() {
    const std::lock_guard lock(mutex_);
    return holds_;
  }
  /// Lets go, and holds nobody up any more.
  void let_go() {
    const std::lock_guard lock(mutex_);
    let_go_ = true;
    changed_.notify_all();
  }

 private:
  void hold() {
    std::unique_lock lock(mutex_);
    holds_ = true;
    changed_.notify_all();
    on_hold_();
    changed_.wait(lock, [this] { return let_go_; });
  }

  std::function<void()> on_hold_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holds_ = false;
  bool let_go_ = false;
};

}  // namespace blitzen::testing
