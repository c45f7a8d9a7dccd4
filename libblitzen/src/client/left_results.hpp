// What ended while there was no server to tell.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/shared_bytes.hpp"
#include "proto/packets.hpp"

namespace blitzen::client {

/// Of at most as many tasks as the client has slots.
class LeftResults {
 public:
  struct Finished {
    proto::FinishedTask task;  ///< Its content is `content`.
    base::SharedBytes content{};
  };

  void add(const proto::FinishedTask& task) {
    Finished kept{task, base::SharedBytes::copy_of(task.content)};
    kept.task.content = kept.content.bytes();
    bytes_ += kept.content.size();
    finished_.push_back(std::move(kept));
  }
  void add(proto::WorkerDeath death) { deaths_.push_back(std::move(death)); }

  [[nodiscard]] bool empty() const { return finished_.empty() && deaths_.empty(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const std::vector<Finished>& finished() const { return finished_; }
  [[nodiscard]] const std::vector<proto::WorkerDeath>& deaths() const { return deaths_; }

 private:
  std::vector<Finished> finished_;
  std::vector<proto::WorkerDeath> deaths_;
  std::uint64_t bytes_ = 0;
};

}  // namespace blitzen::client
