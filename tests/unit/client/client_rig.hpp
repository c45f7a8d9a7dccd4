// A real client with real workers, and a server under the test's control.
#pragma once

#include <asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "blitzen/client.hpp"
#include "blitzen/proto/archive.hpp"
#include "fake_server.hpp"
#include "tests/support/temporary_directory.hpp"

namespace blitzen::client {

using blitzen::testing::TemporaryDirectory;

/// Where the task "wait" says that it runs, and waits for a word to go on.
class Gate {
 public:
  Gate(FakeServer& server, const std::filesystem::path& directory);
  /// The arguments of a "wait" task at this gate.
  [[nodiscard]] std::vector<std::byte> arguments() const;
  /// Waits until one more task has come to the gate.
  void wait_for_task();
  /// Lets one task go on.
  void open();

 private:
  FakeServer& server_;
  std::string started_path_;
  std::string go_path_;
  asio::posix::stream_descriptor started_;
  base::UniqueFd go_;
};

template <class... Arguments>
[[nodiscard]] std::vector<std::byte> encoded(const Arguments&... values) {
  std::vector<std::byte> bytes;
  bytes.reserve(256);
  proto::OutputArchive{bytes}(values...);
  return bytes;
}

template <class Value>
[[nodiscard]] Value decoded(const std::vector<std::byte>& bytes) {
  Value value{};
  proto::InputArchive{bytes}(value);
  return value;
}

/// What a task that did not end with a value says.
[[nodiscard]] proto::Failure failure_of(const Finished& finished);

/// A function of this test program (tasks.cpp) or its task library, by registered name.
[[nodiscard]] proto::Function named_function(std::uint32_t index, const std::string& name);
/// The first task of this number's only driver.
[[nodiscard]] proto::AttemptId attempt(std::uint64_t number);

/// This test program as an image.
[[nodiscard]] const proto::Image& own_image();

class ClientRig {
 public:
  /// `options` may be anything but the server, its port and the cache directory.
  /// `epoch` is the server's.
  explicit ClientRig(ClientOptions options = {}, std::optional<net::ClusterKey> key = {}, std::uint64_t epoch = 0);
  /// Hangs up first, so that the client does not wait for its goodbye to be read.
  ~ClientRig() { server.hang_up(); }

  /// Starts the client, waits until it is connected and defines its functions 0, 1, ... by these names.
  void start(const std::vector<std::string>& functions = {});
  /// Starts the client with function 0 "add" and 1, 2, ... by these names, and has it fetch the image and add.
  void start_warm(const std::vector<std::string>& functions = {});
  void define(const std::vector<std::string>& functions);

  void assign(std::uint64_t number, std::uint32_t function, const std::vector<std::byte>& arguments,
              std::chrono::nanoseconds timeout = {});
  /// Answers the client's request for this program's image.
  void ship_image();

  /// The client with another one in its place, on the same cache.
  void restart_client();
  /// Waits until the client has said goodbye and ended.
  void wait_for_end();

  [[nodiscard]] Gate make_gate() { return {server, directory_.path()}; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  ClientOptions options_;

 public:
  FakeServer server;
  std::unique_ptr<Client> client;  ///< Ends before the server.
};

}  // namespace blitzen::client
