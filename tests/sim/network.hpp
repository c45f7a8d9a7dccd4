// A simulated network: connections that delay, stall and break, and carry real packets.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agenda.hpp"
#include "net/channel.hpp"
#include "random.hpp"

namespace blitzen::sim {

class Network;

/// Between the machine of one peer and that of the server.
struct Cable {
  core::Duration delay_min{};
  core::Duration delay_max{};
  bool cut = false;  ///< What is on its way waits, as TCP would send it again.
};

/// One end of a connection. Packets are delivered in their order, but one that travels in fragments may be overtaken.
/// Times are those of net::Channel.
class End final : public net::Channel {
 public:
  End(Network& network, Cable& cable, Random random, proto::Hello peer, std::string peer_address, bool at_server);

  /// Makes a connection of two ends. Must be called before anything else.
  static void join(const std::shared_ptr<End>& here, const std::shared_ptr<End>& there);
  void start();

  [[nodiscard]] const proto::Hello& peer() const override { return peer_; }
  [[nodiscard]] std::string peer_address() const override { return peer_address_; }
  [[nodiscard]] bool compressed() const override { return false; }
  void listen(std::weak_ptr<net::ChannelListener> listener) override { listener_ = std::move(listener); }
  void hold() override {}
  void flush() override {}
  void hold_reading(bool held) override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return clogged_ ? clogged_bytes : 0; }
  void close(proto::GoodbyeReason reason, const std::string& sentence) override;
  void abort() override;

  /// Whether it says that much waits to be sent.
  void clog(bool clogged);
  /// Its process is gone, and says so to the other end only if its machine still lives.
  void die(bool machine_lives);
  /// The cable was mended.
  void go_on() { read_soon(); }

  [[nodiscard]] bool is_closed() const { return state_ == State::closed; }
  [[nodiscard]] bool is_at_server() const { return at_server_; }
  /// Since when the server's end is closed; empty if it is open.
  [[nodiscard]] std::optional<core::TimePoint> closed_at_server() const { return *closed_at_server_; }
  [[nodiscard]] const Cable& cable() const { return cable_; }

 private:
  static constexpr std::size_t clogged_bytes = 64 * 1024 * 1024;

  enum class State { open, farewell, closed };
  struct Letter {
    bool hung_up = false;  ///< Nothing follows.
    proto::PacketNumber number{};
    base::SharedBytes body{};
  };

  [[nodiscard]] std::vector<std::byte>* begin_packet() override;
  void end_packet(proto::PacketNumber number) override;
  void discard_packet() noexcept override { outgoing_.clear(); }
  void send_pieces(proto::PacketNumber number, net::BodyInPieces&& body) override;

  void send_letter(Letter letter);
  void expect(core::TimePoint at, Letter letter);
  void hang_up(bool loses_some);
  [[nodiscard]] core::Duration soon();
  void read_soon();
  void read();
  void deliver(net::ChannelListener& listener, const Letter& letter);
  void watch();
  void check_time();
  void finish(net::CloseReason reason);
  void note_end();
  [[nodiscard]] std::shared_ptr<End> self() { return std::static_pointer_cast<End>(shared_from_this()); }

  Network& network_;
  Cable& cable_;
  Random random_;
  proto::Hello peer_;
  std::string peer_address_;
  bool at_server_;
  std::weak_ptr<End> other_;
  std::weak_ptr<net::ChannelListener> listener_;
  State state_ = State::open;
  std::shared_ptr<std::optional<core::TimePoint>> closed_at_server_;  ///< Known to both ends.
  bool held_ = false;
  bool clogged_ = false;
  std::vector<std::byte> outgoing_;
  std::multimap<core::TimePoint, Letter> inbox_;
  core::TimePoint last_arrival_{};        ///< Of what this end sent, without what may be overtaken.
  core::TimePoint last_large_arrival_{};  ///< The same of what may be overtaken.
  core::TimePoint heard_{};
  core::TimePoint sent_{};
  core::TimePoint hang_up_by_{};
  std::optional<proto::Goodbye> goodbye_;
};

class Network {
 public:
  using Welcome = std::function<void(std::shared_ptr<net::Channel>)>;
  /// Null when it did not work out.
  using Connected = std::function<void(std::shared_ptr<End>)>;

  /// `after_server_call` is called whenever a server was told something.
  Network(Agenda& agenda, Random random, std::function<void()> after_server_call);

  /// The server is there from now on.
  void open(proto::Hello hello, Welcome welcome);
  /// It is not any more.
  void close() { welcome_ = nullptr; }
  /// Its connections are cut by its death.
  void bury_server(bool machine_lives);
  [[nodiscard]] bool machine_lives() const { return machine_lives_; }

  /// The listener of what comes has to be set, and reading to be allowed, in `connected`.
  void connect(Cable& cable, const proto::Hello& hello, const Connected& connected);
  void cut(Cable& cable) { cable.cut = true; }
  void mend(Cable& cable);
  /// Some end at the server, if there is one.
  [[nodiscard]] std::shared_ptr<End> any_server_end(Random& random);

  [[nodiscard]] Agenda& agenda() { return agenda_; }
  void server_was_called() { after_server_call_(); }

 private:
  void establish(Cable& cable, const proto::Hello& hello, const Connected& connected);

  Agenda& agenda_;
  Random random_;
  std::function<void()> after_server_call_;
  proto::Hello hello_;
  Welcome welcome_;
  bool machine_lives_ = true;
  std::vector<std::shared_ptr<End>> ends_;
  std::uint32_t established_ = 0;
};

}  // namespace blitzen::sim
