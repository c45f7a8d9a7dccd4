// The event loop of a simulated server.
#pragma once

#include <functional>
#include <memory>

#include "agenda.hpp"
#include "random.hpp"
#include "server/event_loop.hpp"

namespace blitzen::sim {

/// Nothing of it happens any more once it is destroyed.
class SimulatedLoop final : public server::EventLoop {
 public:
  /// `after_call` is called after each function that the loop called.
  SimulatedLoop(Agenda& agenda, Random random, std::function<void()> after_call);

  [[nodiscard]] core::TimePoint now() const override { return agenda_.now(); }
  void post(std::function<void()> function) override;
  [[nodiscard]] std::unique_ptr<server::Timer> make_timer(std::function<void()> expired) override;

 private:
  friend class SimulatedTimer;
  struct Alive {};

  void call(const std::function<void()>& function);

  Agenda& agenda_;
  Random random_;
  std::function<void()> after_call_;
  core::TimePoint last_posted_{};
  std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

}  // namespace blitzen::sim
