#include "network.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "proto/codec.hpp"

namespace blitzen::sim {

using namespace std::chrono_literals;

namespace {

bool is_orderly(proto::GoodbyeReason reason) {
  return reason == proto::GoodbyeReason::stopping || reason == proto::GoodbyeReason::pausing;
}

}  // namespace

End::End(Network& network, Cable& cable, Random random, proto::Hello peer, std::string peer_address, bool at_server)
    : network_(network),
      cable_(cable),
      random_(random),
      peer_(std::move(peer)),
      peer_address_(std::move(peer_address)),
      at_server_(at_server),
      held_(!at_server),
      heard_(network.agenda().now()),
      sent_(heard_) {}

void End::join(const std::shared_ptr<End>& here, const std::shared_ptr<End>& there) {
  here->other_ = there;
  there->other_ = here;
  here->closed_at_server_ = there->closed_at_server_ = std::make_shared<std::optional<core::TimePoint>>();
}

void End::start() { watch(); }

// Sending

std::vector<std::byte>* End::begin_packet() {
  outgoing_.clear();
  return state_ == State::open ? &outgoing_ : nullptr;
}

void End::end_packet(proto::PacketNumber number) {
  send_letter({.number = number, .body = base::SharedBytes::copy_of(outgoing_)});
}

void End::send_pieces(proto::PacketNumber number, net::BodyInPieces&& body) {
  if (state_ != State::open) return;
  std::vector<std::byte> whole;
  for (std::size_t position = 0; position < body.size();) {
    const auto piece = body.at(position, body.size());
    whole.insert(whole.end(), piece.begin(), piece.end());
    position += piece.size();
  }
  send_letter({.number = number, .body = base::SharedBytes::copy_of(whole)});
}

void End::send_letter(Letter letter) {
  Agenda& agenda = network_.agenda();
  sent_ = agenda.now();
  const core::TimePoint earliest = agenda.now() + random_.between(cable_.delay_min, cable_.delay_max);
  const auto other = other_.lock();
  if (!other || other->is_closed()) {
    // The other machine answers that it knows of no such connection.
    if (network_.machine_lives()) expect(earliest, {.hung_up = true});
    return;
  }
  if (letter.body.size() > proto::frame_body_bytes_max) {
    const core::TimePoint at = std::max(earliest, last_arrival_) + random_.between(0ms, 50ms);
    last_large_arrival_ = std::max(at, last_large_arrival_);
    return other->expect(at, std::move(letter));
  }
  if (proto::overtakes_nothing(letter.number))
    return other->expect(std::max({earliest, last_arrival_, last_large_arrival_}), std::move(letter));
  last_arrival_ = std::max(earliest, last_arrival_);
  other->expect(last_arrival_, std::move(letter));
}

void End::expect(core::TimePoint at, Letter letter) {
  if (state_ == State::closed) return;
  // What ends a connection overtakes nothing.
  const bool is_last = letter.hung_up || letter.number == proto::PacketNumber::goodbye;
  if (is_last && !inbox_.empty()) at = std::max(at, inbox_.rbegin()->first);
  inbox_.emplace(at, std::move(letter));
  network_.agenda().at(at, [end = weak_from_this()] {
    if (const auto alive = end.lock()) std::static_pointer_cast<End>(alive)->read();
  });
}

void End::hang_up(bool loses_some) {
  const auto other = other_.lock();
  if (!other || other->is_closed()) return;
  if (loses_some && random_.chance(50)) {
    for (std::uint64_t lost = random_.below(other->inbox_.size() + 1); lost > 0; --lost)
      other->inbox_.erase(std::prev(other->inbox_.end()));
  }
  other->expect(network_.agenda().now() + random_.between(cable_.delay_min, cable_.delay_max), {.hung_up = true});
}

// Receiving

void End::hold_reading(bool held) {
  held_ = held;
  if (!held) read_soon();
}

/// A little later, which keeps the order of ends apart from the order in which a server goes through its channels: that
/// is the order of their addresses in memory.
core::Duration End::soon() { return random_.between(1ns, 50us); }

void End::read_soon() {
  network_.agenda().after(soon(), [end = self()] { end->read(); });
}

void End::read() {
  const auto listener = listener_.lock();
  const core::TimePoint now = network_.agenda().now();
  if (!listener || state_ == State::closed || cable_.cut || held_) return;
  if (inbox_.empty() || inbox_.begin()->first > now) return;
  heard_ = now;
  if (state_ == State::open) listener->peer_heard(*this);
  bool told = false;
  while (!inbox_.empty() && inbox_.begin()->first <= now && state_ != State::closed && !held_) {
    const Letter letter = std::move(inbox_.extract(inbox_.begin()).mapped());
    told |= state_ == State::open;
    deliver(*listener, letter);
  }
  if (told) listener->batch_ended(*this);
  if (at_server_) network_.server_was_called();
}

void End::deliver(net::ChannelListener& listener, const Letter& letter) {
  if (letter.hung_up) {
    if (!goodbye_) return finish({.sentence = peer_address_ + " closed the connection without a goodbye"});
    return finish(
        {.orderly = is_orderly(goodbye_->reason), .goodbye = goodbye_->reason, .sentence = goodbye_->sentence});
  }
  if (state_ != State::open || letter.number == proto::PacketNumber::heartbeat) return;
  if (letter.number == proto::PacketNumber::goodbye) {
    proto::Goodbye goodbye;
    proto::decode(letter.body.bytes(), goodbye);
    return finish(
        {.orderly = is_orderly(goodbye.reason), .goodbye = goodbye.reason, .sentence = std::move(goodbye.sentence)});
  }
  listener.packet_arrived(*this, letter.number, letter.body);
}

void End::clog(bool clogged) {
  if (std::exchange(clogged_, clogged) == clogged || clogged) return;
  network_.agenda().after(0ns, [end = self()] {
    const auto listener = end->listener_.lock();
    if (!listener || end->is_closed()) return;
    listener->queue_drained(*end);
    if (end->at_server_) end->network_.server_was_called();
  });
}

// Time

void End::watch() {
  const core::TimePoint due =
      state_ == State::open ? std::min(sent_ + proto::heartbeat_interval, heard_ + proto::silence_max) : hang_up_by_;
  network_.agenda().at(due, [end = weak_from_this()] {
    if (const auto alive = end.lock()) std::static_pointer_cast<End>(alive)->check_time();
  });
}

void End::check_time() {
  const core::TimePoint now = network_.agenda().now();
  const bool came = !cable_.cut && !inbox_.empty() && inbox_.begin()->first <= now;
  if (state_ == State::closed) return;
  if (came) heard_ = now;
  if (state_ == State::farewell) {
    if (now >= hang_up_by_) return finish({.goodbye = goodbye_->reason, .sentence = goodbye_->sentence});
  } else if (now - heard_ >= proto::silence_max) {
    return finish({.sentence = peer_address_ + " went silent"});
  } else if (now - sent_ >= proto::heartbeat_interval) {
    send(proto::Heartbeat{});
  }
  watch();
}

// The end

void End::close(proto::GoodbyeReason reason, const std::string& sentence) {
  if (state_ != State::open) return;
  const proto::Goodbye goodbye{.reason = reason, .sentence = sentence};
  send(goodbye);
  goodbye_ = goodbye;
  state_ = State::farewell;
  if (at_server_) *closed_at_server_ = network_.agenda().now();
  hang_up_by_ = network_.agenda().now() + proto::farewell_max;
  watch();
}

void End::abort() {
  if (state_ == State::closed) return;
  hang_up(true);
  finish({.sentence = "the connection to " + peer_address_ + " was cut from this side"});
}

void End::die(bool machine_lives) {
  if (state_ == State::closed) return;
  if (machine_lives) hang_up(true);
  note_end();
}

void End::note_end() {
  state_ = State::closed;
  inbox_.clear();
  if (at_server_ && !*closed_at_server_) *closed_at_server_ = network_.agenda().now();
}

void End::finish(net::CloseReason reason) {
  if (state_ == State::closed) return;
  hang_up(false);
  note_end();
  network_.agenda().after(soon(), [end = self(), reason = std::move(reason)] {
    const auto listener = end->listener_.lock();
    if (!listener) return;
    listener->channel_closed(*end, reason);
    if (end->at_server_) end->network_.server_was_called();
  });
}

// Network

Network::Network(Agenda& agenda, Random random, std::function<void()> after_server_call)
    : agenda_(agenda), random_(random), after_server_call_(std::move(after_server_call)) {}

void Network::open(proto::Hello hello, Welcome welcome) {
  hello_ = std::move(hello);
  welcome_ = std::move(welcome);
  machine_lives_ = true;
}

void Network::bury_server(bool machine_lives) {
  close();
  machine_lives_ = machine_lives;
  for (const auto& end : ends_) {
    if (end->is_at_server()) end->die(machine_lives);
  }
}

void Network::connect(Cable& cable, const proto::Hello& hello, const Connected& connected) {
  agenda_.after(random_.between(cable.delay_min, cable.delay_max) * 2, [this, &cable, hello, connected] {
    if (!cable.cut && welcome_) return establish(cable, hello, connected);
    agenda_.after(random_.between(1ms, 500ms), [connected] { connected(nullptr); });
  });
}

void Network::establish(Cable& cable, const proto::Hello& hello, const Connected& connected) {
  std::erase_if(ends_, [](const auto& end) { return end->is_closed(); });
  const std::string address = "peer " + std::to_string(established_++);
  const auto here = std::make_shared<End>(*this, cable, random_.split(), hello, address, true);
  const auto there = std::make_shared<End>(*this, cable, random_.split(), hello_, "the server", false);
  End::join(here, there);
  ends_.push_back(here);
  ends_.push_back(there);
  here->start();
  there->start();
  welcome_(here);
  server_was_called();
  agenda_.after(random_.between(cable.delay_min, cable.delay_max), [there, connected] { connected(there); });
}

void Network::mend(Cable& cable) {
  if (!std::exchange(cable.cut, false)) return;
  for (const auto& end : ends_) {
    if (&end->cable() == &cable) end->go_on();
  }
}

std::shared_ptr<End> Network::any_server_end(Random& random) {
  std::vector<std::shared_ptr<End>> open;
  std::ranges::copy_if(ends_, std::back_inserter(open),
                       [](const auto& end) { return end->is_at_server() && !end->is_closed(); });
  return open.empty() ? nullptr : open[random.below(open.size())];
}

}  // namespace blitzen::sim
