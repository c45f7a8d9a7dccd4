#include "simulated_loop.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace blitzen::sim {

using namespace std::chrono_literals;

class SimulatedTimer final : public server::Timer {
 public:
  SimulatedTimer(SimulatedLoop& loop, std::function<void()> expired)
      : loop_(loop), state_(std::make_shared<State>(State{0, std::move(expired)})) {}

  void set(core::TimePoint at) override {
    loop_.agenda_.at(at, [this, time = ++state_->times, state = std::weak_ptr(state_)] {
      const auto alive = state.lock();
      if (alive && alive->times == time) loop_.call(alive->expired);
    });
  }
  void cancel() override { ++state_->times; }

 private:
  struct State {
    std::uint64_t times = 0;  ///< That were set or cancelled.
    std::function<void()> expired;
  };

  SimulatedLoop& loop_;
  std::shared_ptr<State> state_;
};

SimulatedLoop::SimulatedLoop(Agenda& agenda, Random random, std::function<void()> after_call)
    : agenda_(agenda), random_(random), after_call_(std::move(after_call)) {}

/// Sometimes the loop has much to do first, so that more comes in the same turn. The order is kept.
void SimulatedLoop::post(std::function<void()> function) {
  const core::Duration busy = random_.chance(80) ? 5us : random_.between(0us, 2ms);
  last_posted_ = std::max(last_posted_, agenda_.now() + busy);
  agenda_.at(last_posted_, [this, function = std::move(function), alive = std::weak_ptr(alive_)] {
    if (alive.lock()) call(function);
  });
}

std::unique_ptr<server::Timer> SimulatedLoop::make_timer(std::function<void()> expired) {
  return std::make_unique<SimulatedTimer>(*this, std::move(expired));
}

void SimulatedLoop::call(const std::function<void()>& function) {
  function();
  after_call_();
}

}  // namespace blitzen::sim
