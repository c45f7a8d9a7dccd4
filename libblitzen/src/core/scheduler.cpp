#include "core/scheduler.hpp"

#include "core/state.hpp"

namespace blitzen::core {

Scheduler::Scheduler(SchedulerOptions options) : state_(std::make_unique<State>(options)) {}
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;
Scheduler::~Scheduler() = default;

void Scheduler::step(const Event& event, TimePoint now, Actions& out) { state_->step(event, now, out); }
void Scheduler::assign(TimePoint, Actions& out) { state_->assign(out); }
std::optional<TimePoint> Scheduler::next_deadline() const { return state_->next_deadline(); }
const SchedulerCounters& Scheduler::counters() const { return state_->counters(); }
std::uint64_t Scheduler::unsettled() const { return state_->unsettled(); }
std::uint64_t Scheduler::unsettled(DriverId driver) const { return state_->unsettled(driver); }
bool Scheduler::is_assigned(const TaskId& task) const { return state_->is_assigned(task); }
void Scheduler::check_invariants() const { state_->check_invariants(); }

}  // namespace blitzen::core
