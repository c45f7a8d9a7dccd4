#include "call/registry.hpp"

#include <functional>
#include <map>
#include <mutex>

#include "blitzen/task_registry.hpp"

namespace blitzen {
namespace call {
namespace {

/// Registrations happen before main and while libraries are opened; look-ups while tasks run.
struct Registry {
  std::mutex mutex;
  std::map<std::string, detail::Callable, std::less<>> by_name;
  std::optional<std::string> conflict;
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

std::optional<detail::Callable> find_registered(std::string_view name) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto found = all.by_name.find(name);
  if (found == all.by_name.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> registered_name(const detail::Callable& callable) {
  if (callable.target == nullptr) return std::nullopt;
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  for (const auto& [name, registered] : all.by_name)
    if (registered == callable) return name;
  return std::nullopt;
}

std::optional<std::string> registration_conflict() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  return all.conflict;
}

}  // namespace call

detail::TaskRegistration::TaskRegistration(const char* name, Callable callable) {
  call::Registry& all = call::registry();
  const std::lock_guard lock(all.mutex);
  const auto [entry, added] = all.by_name.emplace(name, callable);
  if (!added && !(entry->second == callable))
    all.conflict = "two different functions are registered as '" + std::string(name) +
                   "' with BLITZEN_TASK; give one of them another name";
}

}  // namespace blitzen
