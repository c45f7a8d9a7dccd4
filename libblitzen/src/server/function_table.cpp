#include "server/function_table.hpp"

#include <tuple>
#include <utility>

namespace blitzen::server {
namespace {

auto content_of(const proto::Function& function) {
  return std::tie(function.kind, function.image, function.name, function.thunk.module, function.thunk.build_id,
                  function.thunk.offset, function.target.module, function.target.build_id, function.target.offset);
}

}  // namespace

bool FunctionContentLess::operator()(const proto::Function& left, const proto::Function& right) const {
  return content_of(left) < content_of(right);
}

FunctionRef FunctionTable::acquire(const proto::Function& function) {
  auto found = functions_.find(function);
  if (found == functions_.end()) {
    proto::Function numbered = function;
    numbered.index = next_function_++;
    found = functions_.emplace(std::move(numbered), Entry{}).first;
    by_id_.emplace(FunctionId{found->first.index}, found);
  }
  ++found->second.users;
  return {FunctionId{found->first.index}, core::CodeId{found->first.index}};
}

void FunctionTable::release(FunctionId id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const Functions::iterator function = found->second;
  if (--function->second.users > 0) return;
  functions_.erase(function);
  by_id_.erase(found);
}

const proto::Function& FunctionTable::at(FunctionId id) const { return by_id_.at(id)->first; }

void FunctionTable::note_refusal(FunctionId id, std::string sentence) {
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) found->second->second.last_refusal = std::move(sentence);
}

std::string_view FunctionTable::last_refusal(FunctionId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? std::string_view{} : found->second->second.last_refusal;
}

}  // namespace blitzen::server
