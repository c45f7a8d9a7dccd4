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
  std::vector<std::byte> definition;
  proto::encode(function, definition);
  auto& known = by_definition_[std::string(base::as_text(definition))];
  if (known == nullptr) {
    known = &functions_.emplace_back();
    known->number = static_cast<std::uint32_t>(functions_.size() - 1);
    known->named = function.kind == proto::FunctionKind::name;
    known->image = function.image;
    known->definition = std::move(definition);
  }
  if (index >= by_index_.size()) by_index_.resize(std::size_t{index} + 1, nullptr);
  by_index_[index] = known;
}

KnownFunction* FunctionTable::find(std::uint32_t index) const {
  return index < by_index_.size() ? by_index_[index] : nullptr;
}

}  // namespace blitzen::client
