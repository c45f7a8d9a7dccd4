#include "dispatch/function_table.hpp"

#include <functional>

#include "blitzen/error.hpp"
#include "call/modules.hpp"
#include "call/registry.hpp"
#include "proto/limits.hpp"

namespace blitzen::dispatch {
namespace {

proto::CodeAddress address_of(const void* code) {
  auto located = call::Modules{}.locate(code);
  if (!located)
    throw Error(ErrorCode::unknown_function,
                "this function lies in no module of this program, so no worker could find it; pass a function that is "
                "part of the program or of a library it is linked with");
  return *std::move(located);
}

proto::Function describe(const detail::Callable& callable) {
  proto::Function function;
  if (auto name = call::registered_name(callable)) {
    function.kind = proto::FunctionKind::name;
    function.name = *std::move(name);
    return function;
  }
  function.kind = proto::FunctionKind::address;
  function.thunk = address_of(reinterpret_cast<const void*>(callable.thunk));
  if (callable.target != nullptr) function.target = address_of(callable.target);
  return function;
}

}  // namespace

std::size_t FunctionTable::Hash::operator()(const detail::Callable& callable) const noexcept {
  const std::size_t thunk = std::hash<const void*>{}(reinterpret_cast<const void*>(callable.thunk));
  return thunk ^ (std::hash<const void*>{}(callable.target) * 31);
}

std::uint32_t FunctionTable::index_of(const detail::Callable& callable) {
  if (const auto known = indices_.find(callable); known != indices_.end()) return known->second;
  if (end() >= proto::functions_max)
    throw Error(ErrorCode::too_large, "this dispatcher already runs " + std::to_string(proto::functions_max) +
                                          " different functions; use another dispatcher for more");
  proto::Function function = describe(callable);
  function.index = end();
  described_.push_back(std::move(function));
  results_.push_back(callable.result);
  indices_.emplace(callable, end() - 1);
  return end() - 1;
}

}  // namespace blitzen::dispatch
