#include "server/function_table.hpp"

#include <tuple>

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
    found = functions_.emplace(std::move(numbered), Entry{acquire_code(function)}).first;
    by_id_.emplace(FunctionId{found->first.index}, found);
  }
  ++found->second.users;
  return {FunctionId{found->first.index}, found->second.code->second.id};
}

FunctionTable::Codes::iterator FunctionTable::acquire_code(const proto::Function& function) {
  const bool named = function.kind == proto::FunctionKind::name;
  const auto [code, added] = codes_.try_emplace(CodeKey{function.image, named ? function.name : std::string{}});
  if (added) code->second.id = core::CodeId{next_code_++};
  ++code->second.users;
  return code;
}

void FunctionTable::release(FunctionId id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const Functions::iterator function = found->second;
  if (--function->second.users > 0) return;
  const Codes::iterator code = function->second.code;
  if (--code->second.users == 0) codes_.erase(code);
  functions_.erase(function);
  by_id_.erase(found);
}

const proto::Function& FunctionTable::at(FunctionId id) const { return by_id_.at(id)->first; }

void FunctionTable::note_refusal(FunctionId id, std::string sentence) {
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) found->second->second.code->second.last_refusal = std::move(sentence);
}

std::string_view FunctionTable::last_refusal(FunctionId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? std::string_view{} : found->second->second.code->second.last_refusal;
}

}  // namespace blitzen::server
