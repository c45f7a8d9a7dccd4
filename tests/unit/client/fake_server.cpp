#include "fake_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <filesystem>
#include <string>

namespace blitzen::client {
namespace {

/// How long a test waits for something that should happen at once, before it fails.
constexpr std::chrono::seconds patience{30};

/// This process's own, which is not told otherwise.
int listening_socket(std::uint16_t port) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    int listens = 0;
    socklen_t size = sizeof listens;
    sockaddr_in address{};
    socklen_t address_size = sizeof address;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 1 &&
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &address_size) == 0 && ntohs(address.sin_port) == port)
      return fd;
  }
  FAIL("nobody listens on port " << port);
  return -1;
}

}  // namespace

class FakeServer::Inbox final : public net::ChannelListener {
 public:
  explicit Inbox(FakeServer& server) : server_(server) {}

  void packet_arrived(net::Channel&, proto::PacketNumber number, base::SharedBytes body) override {
    server_.inbox_.push_back({number, std::move(body)});
  }
  void batch_ended(net::Channel&) override {}
  void peer_heard(net::Channel&) override {}
  void channel_closed(net::Channel&, const net::CloseReason& reason) override {
    server_.closed_ = reason;
    server_.channel_.reset();
  }

 private:
  FakeServer& server_;
};

net::AcceptorOptions FakeServer::make_options(std::optional<net::ClusterKey> key, std::uint16_t port,
                                              std::uint64_t epoch) {
  net::AcceptorOptions options;
  options.address = "127.0.0.1";
  options.port = port;
  options.key = std::move(key);
  options.hello.role = proto::Role::server;
  options.hello.program_version = "1.2.3";
  options.hello.host = "serverhost";
  options.hello.epoch = epoch;
  return options;
}

FakeServer::FakeServer(std::optional<net::ClusterKey> key, std::uint16_t port, std::uint64_t epoch)
    : listener_(std::make_shared<Inbox>(*this)),
      acceptor_(
          io_, make_options(std::move(key), port, epoch),
          [this](std::shared_ptr<net::Channel> channel) {
            channel_ = std::move(channel);
            channel_->listen(listener_);
            closed_.reset();
            inbox_.clear();
          },
          [](const std::string&) {}) {}

FakeServer::~FakeServer() = default;

void FakeServer::wait_until(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    io_.restart();
    if (io_.run_one_until(give_up) == 0) FAIL("waited in vain");
  }
}

proto::Hello FakeServer::wait_for_client() {
  wait_until([this] { return connected(); });
  return channel_->peer();
}

void FakeServer::wait_for_knock() const {
  pollfd listening{listening_socket(acceptor_.port()), POLLIN, 0};
  constexpr auto patience_ms = std::chrono::milliseconds{patience}.count();
  if (::poll(&listening, 1, static_cast<int>(patience_ms)) != 1) FAIL("waited in vain for a client");
}

Finished FakeServer::take_finished() {
  while (finished_.empty()) {
    const auto batch = take<proto::FinishTasks>();
    for (const proto::FinishedTask& task : batch->tasks) {
      finished_.push_back({task.id, task.finish, {task.content.begin(), task.content.end()}});
    }
  }
  Finished first = std::move(finished_.front());
  finished_.pop_front();
  return first;
}

net::CloseReason FakeServer::closed() {
  wait_until([this] { return closed_.has_value(); });
  return *closed_;
}

void FakeServer::hang_up() {
  if (connected()) channel_->abort();
}

void FakeServer::vanish() {
  hang_up();
  wait_until([this] { return !connected(); });
}

}  // namespace blitzen::client
