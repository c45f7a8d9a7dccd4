// Tasks that are run, and cleared, before there is a server.
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "base/unique_fd.hpp"
#include "cluster.hpp"
#include "core/numbered_table.hpp"

namespace {

int identity(int x) { return x; }

/// A port of loopback that nobody else gets until it is released, and where nobody answers.
class ReservedPort {
 public:
  ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t bytes = sizeof address;
    REQUIRE(::bind(socket_.get(), generic, bytes) == 0);
    REQUIRE(::getsockname(socket_.get(), generic, &bytes) == 0);
    number_ = ntohs(address.sin_port);
  }

  [[nodiscard]] std::uint16_t number() const { return number_; }
  void release() { socket_ = {}; }

 private:
  blitzen::base::UniqueFd socket_;
  std::uint16_t number_ = 0;
};

/// A dispatcher whose server comes late.
struct LateServer {
  void come(std::size_t task_limit = 1'000'000) {
    port.release();
    server = std::make_unique<blitzen::Server>(blitzen::ServerOptions{
        .address = "127.0.0.1", .port = port.number(), .insecure = true, .task_limit = task_limit});
    server->start();
    dispatcher.spawn_client(2);
  }

  ReservedPort port;
  std::unique_ptr<blitzen::Server> server;
  blitzen::DistributedDispatcher dispatcher{{.server = "127.0.0.1", .port = port.number(), .insecure = true}};
};

}  // namespace

TEST_CASE("a dispatcher that dropped more tasks than a server lets be missing can go on") {
  LateServer late;
  for (std::uint64_t i = 0; i < blitzen::core::NumberedTable<int>::missing_max + 10'000; ++i)
    (void)late.dispatcher.run(identity, 1);
  late.dispatcher.clear();
  const auto task = late.dispatcher.run(identity, 7);
  late.come();
  CHECK(late.dispatcher.get_result(task).value() == 7);
}

TEST_CASE("tasks wait for a server that allows fewer at once than were run before it came") {
  LateServer late;
  std::vector<blitzen::Task<int>> tasks;
  std::vector<blitzen::Task<int>> dropped;
  for (int i = 0; i < 1'000; ++i) {
    tasks.push_back(late.dispatcher.run(identity, i));
    dropped.push_back(late.dispatcher.run(identity, i));
  }
  late.dispatcher.clear(dropped);
  late.come(10);
  const auto outcomes = late.dispatcher.get_results(tasks);
  for (int i = 0; i < 1'000; ++i) REQUIRE(outcomes[static_cast<std::size_t>(i)].value() == i);
}
