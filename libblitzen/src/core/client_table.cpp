#include "core/client_table.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace blitzen::core {

bool ClientTable::join(const ClientJoined& joined, TimePoint now) {
  const auto index = static_cast<std::size_t>(joined.client);
  if (clients_.size() <= index) clients_.resize(index + 1);
  if (clients_[index]) return false;
  Ring<Client>& ring = joined.silence_matters ? heard_ : trusted_;
  clients_[index] = std::make_unique<Client>(joined, prefetch_horizon_, now, ring, unassignable_, without_surplus_);
  enter_kind(*clients_[index], {});
  return true;
}

void ClientTable::remove(ClientId id) {
  std::unique_ptr<Client>& client = clients_[static_cast<std::size_t>(id)];
  drain(*client);
  client.reset();
}

Client* ClientTable::find(ClientId id) const {
  const auto index = static_cast<std::size_t>(id);
  return index < clients_.size() ? clients_[index].get() : nullptr;
}

void ClientTable::heard(Client& client, TimePoint now) {
  if (client.last_heard == now) return;
  client.last_heard = now;
  client.heard.rotate();
}

void ClientTable::refuse(Client& client, CodeId code, bool for_now, TimePoint until) {
  if (client.kind == nullptr || client.kind->refused.contains(code)) return;
  CodeSet refused = client.kind->refused;
  refused.insert(code);
  leave_kind(client);
  enter_kind(client, std::move(refused));
  if (for_now) ++passing_[code];
  refusals_.emplace(until, Refusal{client.id, code, for_now});
}

bool ClientTable::forget_refusals(TimePoint now) {
  bool any = false;
  for (; !refusals_.empty() && refusals_.begin()->first <= now; refusals_.erase(refusals_.begin())) {
    any = true;
    const Refusal& refusal = refusals_.begin()->second;
    if (refusal.for_now && --passing_.at(refusal.code) == 0) passing_.erase(refusal.code);
    Client* client = find(refusal.client);
    if (client == nullptr || client->kind == nullptr) continue;
    CodeSet refused = client->kind->refused;
    refused.erase(refusal.code);
    leave_kind(*client);
    enter_kind(*client, std::move(refused));
  }
  return any;
}

std::optional<TimePoint> ClientTable::next_refusal_end() const {
  if (refusals_.empty()) return std::nullopt;
  return refusals_.begin()->first;
}

void ClientTable::drain(Client& client) {
  if (client.kind != nullptr) leave_kind(client);
  refile(client);
}

void ClientTable::enter_kind(Client& client, CodeSet refused) {
  ClientKind& kind = kinds_[refused];
  kind.refused = std::move(refused);
  client.kind = &kind;
  client.room.move_to(kind.full);
  refile(client);
}

void ClientTable::leave_kind(Client& client) {
  ClientKind& kind = *std::exchange(client.kind, nullptr);
  kind.idle_slots -= std::exchange(client.idle_slots_counted, 0);
  client.room.move_to(unassignable_);
  if (kind.empty()) kinds_.erase(CodeSet{kind.refused});
}

void ClientTable::refile(Client& client) {
  const std::uint64_t recalled = client.kind != nullptr ? std::min(client.recalled, client.unstarted()) : 0;
  recalled_ -= client.recalled - recalled;
  client.recalled = recalled;
  const bool has_surplus = client.kind != nullptr && client.unstarted() > 0 && recalled == 0;
  client.surplus.move_to(has_surplus ? with_surplus_ : without_surplus_);
  if (client.kind == nullptr) return;

  const std::uint64_t idle_slots = client.idle_slots();
  client.kind->idle_slots += idle_slots - std::exchange(client.idle_slots_counted, idle_slots);
  if (idle_slots > 0) {
    client.room.move_to(client.kind->idle);
  } else {
    client.room.move_to(client.vacancy() > 0 ? client.kind->roomy : client.kind->full);
  }
}

CodeSet ClientTable::hopeless_codes() const {
  if (kinds_.empty()) return {};
  CodeSet codes = kinds_.begin()->first;
  for (const auto& [refused, kind] : kinds_) {
    std::erase_if(codes, [&refused = refused](CodeId code) { return !refused.contains(code); });
  }
  std::erase_if(codes, [this](CodeId code) { return passing_.contains(code); });
  return codes;
}

void ClientTable::recall(Client& client, std::uint64_t count) {
  client.recalled += count;
  recalled_ += count;
  refile(client);
}

void ClientTable::recalled_one(Client& client) {
  if (client.recalled == 0) return;
  --client.recalled;
  --recalled_;
}

void ClientTable::check_invariants() const {
  std::uint64_t recalled = 0;
  std::map<const ClientKind*, std::uint64_t> idle_slots;
  for_each([&](const Client& client) {
    check(client);
    recalled += client.recalled;
    if (client.kind != nullptr) idle_slots[client.kind] += client.idle_slots();
  });
  if (recalled != recalled_) throw std::logic_error("the recalled tasks are not the sum over the clients");
  for (const auto& [refused, kind] : kinds_) {
    if (kind.empty() || refused != kind.refused) throw std::logic_error("a kind is empty or misfiled");
    if (kind.idle_slots != idle_slots[&kind]) throw std::logic_error("a kind's idle slots are miscounted");
  }
  const auto longer_silent = [](const Client* a, const Client* b) { return a->last_heard < b->last_heard; };
  if (!std::is_sorted(heard_.begin(), heard_.end(), longer_silent)) {
    throw std::logic_error("the clients are not in the order of their silence");
  }
}

void ClientTable::check(const Client& client) const {
  if (client.recalled > client.unstarted()) throw std::logic_error("more is recalled than the client can hand back");
  const bool has_surplus = client.kind != nullptr && client.unstarted() > 0 && client.recalled == 0;
  if (client.surplus.is_in(with_surplus_) != has_surplus) throw std::logic_error("a client's surplus is misfiled");
  if (client.kind == nullptr) {
    if (!client.room.is_in(unassignable_)) throw std::logic_error("a draining client is offered for tasks");
    return;
  }
  const bool is_idle = client.idle_slots() > 0;
  const bool is_roomy = !is_idle && client.vacancy() > 0;
  if (client.room.is_in(client.kind->idle) != is_idle || client.room.is_in(client.kind->roomy) != is_roomy) {
    throw std::logic_error("a client's room is misfiled");
  }
}

}  // namespace blitzen::core
