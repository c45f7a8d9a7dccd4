#include "client/function_table.hpp"

#include <utility>

#include "base/shared_bytes.hpp"
#include "proto/codec.hpp"

namespace blitzen::client {

void FunctionTable::define(proto::Function function) {
  const std::uint32_t index = std::exchange(function.index, 0);
  if (index >= definitions_max) {
    throw proto::DecodeError("function " + std::to_string(index) + " is beyond the " + std::to_string(definitions_max) +
                             " a client keeps");
  }
  if (index >= by_index_.size()) by_index_.resize(std::size_t{index} + 1, nullptr);
  by_index_[index] = know(function);
}

KnownFunction* FunctionTable::know(const proto::Function& function) {
  std::vector<std::byte> definition;
  proto::encode(function, definition);
  const std::string key(base::as_text(definition));
  if (const auto known = by_definition_.find(key); known != by_definition_.end()) return known->second;
  if (functions_.size() >= known_functions_max) return &one_too_many_;
  KnownFunction& added = functions_.emplace_back();
  added.number = static_cast<std::uint32_t>(functions_.size() - 1);
  added.named = function.kind == proto::FunctionKind::name;
  added.image = function.image;
  added.definition = std::move(definition);
  by_definition_.emplace(key, &added);
  return &added;
}

KnownFunction* FunctionTable::find(std::uint32_t index) const {
  return index < by_index_.size() ? by_index_[index] : nullptr;
}

}  // namespace blitzen::client
