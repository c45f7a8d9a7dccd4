// Who comes to a broker and goes.
#include <algorithm>
#include <utility>

#include "base/counted.hpp"
#include "blitzen/logging.hpp"
#include "proto/limits.hpp"
#include "server/broker.hpp"
#include "server/wording.hpp"

namespace blitzen::server {
namespace {

logging::Logger& log() { return logging::get_logger(); }

}  // namespace

void Broker::welcome(std::shared_ptr<net::Channel> channel) {
  channels_.emplace(channel.get(), channel);
  channel->hold_reading(reading_held_);
  channel->listen(weak_from_this());
  now_ = loop_.now();
  if (channel->peer().packet_bytes_max < proto::packet_bytes_max) {
    return turn_away(*channel, proto::GoodbyeReason::protocol_error,
                     "it accepts packets of at most " + std::to_string(channel->peer().packet_bytes_max) +
                         " bytes, but the server passes on up to " + std::to_string(proto::packet_bytes_max));
  }
  switch (channel->peer().role) {
    case proto::Role::driver:
      return admit_driver(std::move(channel));
    case proto::Role::client:
      return admit_client(std::move(channel));
    case proto::Role::server:
      return turn_away(*channel, proto::GoodbyeReason::protocol_error, "only drivers and clients connect to a server");
  }
}

void Broker::turn_away(net::Channel& channel, proto::GoodbyeReason reason, const std::string& sentence) {
  log().warning("turned " + name_of(channel) + " away: " + sentence);
  channel.close(reason, sentence);
}

void Broker::admit_driver(std::shared_ptr<net::Channel> channel) {
  const proto::Hello& peer = channel->peer();
  if (const auto known = sessions_.find(peer.session); known != sessions_.end())
    return resume(*drivers_.find(known->second), std::move(channel));
  if (const auto refusal = refusal_of_job(peer)) return turn_away(*channel, refusal->reason, refusal->sentence);
  if (const auto job = jobs_.find(peer.job); job != jobs_.end())
    return take_over(*drivers_.find(job->second), std::move(channel));
  if (drivers_.size() >= drivers_max) {
    return turn_away(*channel, proto::GoodbyeReason::too_many,
                     "the server has " + std::to_string(drivers_max) + " drivers already; try again when some ended");
  }
  log().info(name_of(*channel) + " joined" + (peer.job.empty() ? "" : " with the job '" + peer.job + "'"));
  const core::DriverId id{next_driver_++};
  DriverSession& driver = drivers_.add(std::make_unique<DriverSession>(id, std::move(channel), functions_, memory_));
  if (peer.session != proto::SessionId{}) sessions_.emplace(peer.session, id);
  if (driver.has_job()) jobs_.emplace(peer.job, id);
  if (journal_ && peer.session != proto::SessionId{}) {
    driver.accept_when_safe();
    journal_->joined(driver);
  }
  happened(core::DriverJoined{id, options_.task_limit, peer.first_task});
  driver.greet();
}

/// The driver may know better than we that its last connection is lost.
void Broker::resume(DriverSession& driver, std::shared_ptr<net::Channel> channel) {
  const bool taken_over = channel->peer().session != driver.session();
  if (net::Channel* last = driver.channel()) {
    part(driver);
    if (taken_over) {
      log().info(name_of(*last) + " lost the job '" + driver.job() + "' to one that attaches to it");
      last->close(proto::GoodbyeReason::taken_over, "another driver attached to the job '" + driver.job() + "', " +
                                                        name_of(*channel) +
                                                        ", and has its tasks and outcomes from now on");
    } else {
      last->abort();
    }
  }
  log().info(name_of(*channel) + (taken_over ? " attached to the job '" + driver.job() + "'" : " came back"));
  const std::uint64_t first_task = driver.resume(std::move(channel));
  drivers_.attach(driver);
  happened(core::DriverBack{driver.id(), first_task});
  if (journal_ && driver.channel()->peer().attach) return journal_->attached(driver);
  driver.greet();
}

void Broker::part(DriverSession& driver) {
  images_.forget(*driver.channel());
  keep_images_of(driver);
  drivers_.detach(driver);
  driver.part();
  happened(core::DriverAway{driver.id(), patience_with(driver)});
}

/// Nobody can send them again when the cache has made room for others.
void Broker::keep_images_of(DriverSession& driver) {
  std::vector<KeptImage> kept;
  if (scheduler_.unsettled(driver.id()) > 0) {
    for (const proto::ImageHash& hash : driver.images()) kept.push_back(images_.keep(hash));
  }
  driver.keep(std::move(kept));
}

core::Duration Broker::patience_with(const DriverSession& driver) const {
  return driver.has_job() && driver.tasks().size() > 0 ? options_.job_retention : options_.driver_patience;
}

void Broker::leave(DriverSession& driver, const net::CloseReason& reason, std::string sentence) {
  const bool may_come_back = !reason.is_final() && driver.session() != proto::SessionId{};
  const bool leaves_job = driver.has_job() && driver.tasks().size() > 0;
  if (on_empty_) {
    // Nothing is kept for a time: the server leaves, and has told what becomes of jobs.
  } else if (leaves_job) {
    sentence += "; its job '" + driver.job() + "' with " + unfinished_business(driver) + " is kept for " +
                in_seconds(options_.job_retention);
  } else if (may_come_back) {
    sentence += "; its tasks are kept for " + in_seconds(options_.driver_patience);
  } else if (driver.has_job()) {
    sentence += "; its job '" + driver.job() + "' is over";
  }
  log().log(reason.orderly ? logging::Level::info : logging::Level::warning, sentence);
  if (leaves_job || may_come_back) return part(driver);
  happened(core::DriverLost{driver.id()});
  forget(driver);
}

void Broker::forget(DriverSession& driver) {
  if (driver.accepts_when_safe()) journal_->forgotten(driver.id());
  sessions_.erase(driver.session());
  jobs_.erase(driver.job());
  drivers_.remove(driver);
}

void Broker::admit_client(std::shared_ptr<net::Channel> channel) {
  const std::uint32_t slots = channel->peer().slots;
  if (clients_.size() + claiming_.size() >= clients_max) {
    return turn_away(*channel, proto::GoodbyeReason::too_many,
                     "the server has " + std::to_string(clients_max) + " clients already; start a second server");
  }
  if (slots == 0 || slots > slots_max) {
    return turn_away(*channel, proto::GoodbyeReason::protocol_error,
                     "a client must have 1 to " + std::to_string(slots_max) + " slots; change its workers (--workers)");
  }
  if (channel->peer().claims) {
    claiming_.insert(channel.get());
  } else {
    join_client(std::move(channel));
  }
}

void Broker::join_client(std::shared_ptr<net::Channel> channel) {
  const std::uint32_t slots = channel->peer().slots;
  log().info(name_of(*channel) + " joined with " + base::counted(slots, "slot"));
  if (claims_end_) claims_end_ = std::min(*claims_end_, now_ + options_.claim_patience_for_others);
  const core::ClientId id{next_client_++};
  clients_.add(std::make_unique<ClientSession>(id, std::move(channel)));
  core::ClientJoined event{.client = id, .slots = slots};
  event.revive_limit = options_.revive_limit;
  happened(event);
  end_turn_soon();
}

/// What was never sent to it cannot have started, so that comes back first.
void Broker::lose_client(ClientSession& client) {
  while (const auto unsent = client.take_back())
    happened(core::TaskReturned{client.id(), unsent->task, unsent->attempt});
  if (journal_) {
    for (const Assignment& unsafe : journal_->withdraw_all(client.id()))
      happened(core::TaskReturned{client.id(), unsafe.task, unsafe.attempt});
  }
  lost_host_ = client.channel()->peer().host;
  happened(core::ClientLost{client.id()});
  clients_.remove(client);
}

void Broker::channel_closed(net::Channel& channel, const net::CloseReason& reason) {
  now_ = loop_.now();
  const std::string sentence = name_of(channel) + " left: " + reason.sentence;
  images_.forget(channel);
  if (DriverSession* driver = drivers_.find(channel)) {
    leave(*driver, reason, sentence);
  } else if (ClientSession* client = clients_.find(channel)) {
    log().log(reason.orderly ? logging::Level::info : logging::Level::warning, sentence);
    lose_client(*client);
  }
  claiming_.erase(&channel);
  channels_.erase(&channel);
  end_turn_soon();
  if (channels_.empty() && on_empty_) on_empty_();
}

void Broker::dismiss_all(const std::string& sentence, std::function<void()> on_empty) {
  end_turn();
  tell_of_jobs_at_the_end();
  on_empty_ = std::move(on_empty);
  if (channels_.empty()) return on_empty_();
  // Closing may end a channel at once, which changes the table.
  for (const auto& [key, channel] : std::unordered_map(channels_)) {
    channel->close(journal_ ? proto::GoodbyeReason::pausing : proto::GoodbyeReason::stopping, sentence);
  }
}

void Broker::stop() {
  images_.stop();
  if (journal_) journal_->stop();
}

void Broker::abort_all() {
  for (const auto& [key, channel] : std::unordered_map(channels_)) channel->abort();
}

}  // namespace blitzen::server
