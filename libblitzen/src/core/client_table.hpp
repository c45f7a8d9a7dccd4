// The clients: what they hold, what they have room for, and when they were last heard.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/events.hpp"
#include "core/ids.hpp"
#include "core/prefetch_window.hpp"
#include "core/ring.hpp"
#include "core/task_queue.hpp"

namespace blitzen::core {

struct Client;

/// Clients that refuse the same codes: a task that suits one of them suits all. Usually there is one kind.
struct ClientKind {
  CodeSet refused;
  Ring<Client> idle;   ///< With an idle slot.
  Ring<Client> roomy;  ///< Every slot is busy, but there is room to prefetch.
  Ring<Client> full;
  std::uint64_t idle_slots = 0;  ///< Of all its clients.
  bool starved = false;          ///< Nothing queued suits it; valid while assigning.

  [[nodiscard]] bool empty() const { return idle.empty() && roomy.empty() && full.empty(); }
};

struct Client {
  Client(const ClientJoined& joined, Duration prefetch_horizon, TimePoint now, Ring<Client>& heard_ring,
         Ring<Client>& unassignable, Ring<Client>& without_surplus)
      : id(joined.client),
        slots(joined.slots),
        revive_limit(joined.revive_limit),
        prefetch(joined.slots, joined.prefetch_max, prefetch_horizon),
        last_heard(now),
        heard(heard_ring, this),
        room(unassignable, this),
        surplus(without_surplus, this) {}

  /// Slots without a task.
  [[nodiscard]] std::uint64_t idle_slots() const { return slots > in_flight.size() ? slots - in_flight.size() : 0; }
  /// Tasks it may be handed on top of those it holds.
  [[nodiscard]] std::uint64_t vacancy() const {
    const std::uint64_t window = slots + prefetch.size();
    return window > in_flight.size() ? window - in_flight.size() : 0;
  }
  /// Tasks it holds that cannot have started.
  [[nodiscard]] std::uint64_t unstarted() const { return in_flight.size() > slots ? in_flight.size() - slots : 0; }

  ClientId id;
  std::uint32_t slots;
  std::uint32_t revive_limit;
  PrefetchWindow prefetch;
  TimePoint last_heard;
  std::vector<TaskId> in_flight;                    ///< The youngest last, roughly: removal swaps.
  std::map<std::uint32_t, std::uint32_t> timeouts;  ///< By slot; kept only when there is a revive_limit.
  ClientKind* kind = nullptr;                       ///< Null while draining: it takes no tasks.
  std::uint64_t idle_slots_counted = 0;             ///< Its part of its kind's idle_slots.
  std::uint64_t recalled = 0;                       ///< Asked for and not yet handed back or finished.
  Seat<Client> heard;
  Seat<Client> room;
  Seat<Client> surplus;
};

class ClientTable {
 public:
  explicit ClientTable(Duration prefetch_horizon) : prefetch_horizon_(prefetch_horizon) {}
  ClientTable(const ClientTable&) = delete;
  ClientTable& operator=(const ClientTable&) = delete;

  /// False when the client is there already.
  bool join(const ClientJoined& joined, TimePoint now);
  /// Forgets the client, which must hold no task.
  void remove(ClientId id);
  /// Null for a client that has not joined or was lost.
  [[nodiscard]] Client* find(ClientId id) const;
  void heard(Client& client, TimePoint now);
  /// The client whose silence is the longest among those whose silence matters.
  [[nodiscard]] const Client* longest_silent() const { return heard_.empty() ? nullptr : heard_.front(); }

  /// The client will not be assigned tasks of this code before `until`. If it refuses it just for now, the code is not
  /// hopeless until then, whoever else refuses it.
  void refuse(Client& client, CodeId code, bool for_now, TimePoint until);
  /// Ends the refusals whose time is over; says whether there were any.
  bool forget_refusals(TimePoint now);
  /// When the next refusal ends.
  [[nodiscard]] std::optional<TimePoint> next_refusal_end() const;
  /// The client will not be assigned anything any more.
  void drain(Client& client);
  /// Files the client anew. Must follow every change of what it holds or may hold.
  void refile(Client& client);

  [[nodiscard]] std::map<CodeSet, ClientKind>& kinds() { return kinds_; }
  /// Codes that every client there is refuses, none of them just for now; empty while there is no client.
  [[nodiscard]] CodeSet hopeless_codes() const;

  /// Clients with unstarted tasks that were not asked for them yet.
  [[nodiscard]] Ring<Client>& with_surplus() { return with_surplus_; }
  [[nodiscard]] std::uint64_t recalled() const { return recalled_; }
  void recall(Client& client, std::uint64_t count);
  /// One recalled task came back.
  void recalled_one(Client& client);

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& client : clients_) {
      if (client) visit(*client);
    }
  }
  /// Throws std::logic_error when the rings and counts disagree with the clients.
  void check_invariants() const;

 private:
  void enter_kind(Client& client, CodeSet refused);
  void leave_kind(Client& client);
  void check(const Client& client) const;

  Duration prefetch_horizon_;
  Ring<Client> heard_;    ///< Longest silent first. Rings outlive the clients, whose seats leave them.
  Ring<Client> trusted_;  ///< Those whose silence does not matter.
  Ring<Client> unassignable_;
  Ring<Client> with_surplus_;
  Ring<Client> without_surplus_;
  std::map<CodeSet, ClientKind> kinds_;           ///< By what they refuse; none is empty.
  std::vector<std::unique_ptr<Client>> clients_;  ///< By id; null when not there.
  std::uint64_t recalled_ = 0;

  struct Refusal {
    ClientId client;
    CodeId code;
    bool for_now;
  };
  std::multimap<TimePoint, Refusal> refusals_;  ///< By their ends. Those of clients that left wait for their time too.
  std::map<CodeId, std::uint64_t> passing_;     ///< How many refusals of a code are just for now.
};

}  // namespace blitzen::core
