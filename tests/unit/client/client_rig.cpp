#include "client_rig.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "base/host_name.hpp"
#include "images/image_hash.hpp"

namespace blitzen::client {
namespace {

std::string make_pipe(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) REQUIRE(::mkfifo(path.c_str(), S_IRUSR | S_IWUSR) == 0);
  return path.string();
}

}  // namespace

// Both ends are opened for reading and writing, so that neither side waits in open().
Gate::Gate(FakeServer& server, const std::filesystem::path& directory)
    : server_(server),
      started_path_(make_pipe(directory / "started")),
      go_path_(make_pipe(directory / "go")),
      started_(server.io(), ::open(started_path_.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)),
      go_(::open(go_path_.c_str(), O_RDWR | O_CLOEXEC)) {}

std::vector<std::byte> Gate::arguments() const { return encoded(started_path_, go_path_); }

void Gate::wait_for_task() {
  bool came = false;
  started_.async_wait(asio::posix::stream_descriptor::wait_read, [&](const asio::error_code& error) { came = !error; });
  server_.wait_until([&] { return came; });
  char word = 0;
  REQUIRE(::read(started_.native_handle(), &word, 1) == 1);
}

void Gate::open() { REQUIRE(::write(go_.get(), "!", 1) == 1); }

proto::Failure failure_of(const Finished& finished) {
  proto::Failure failure;
  proto::decode(std::span{finished.content}, failure);
  return failure;
}

proto::Function named_function(std::uint32_t index, const std::string& name) {
  proto::Function function;
  function.index = index;
  function.kind = proto::FunctionKind::name;
  function.image = own_image().hash;
  function.name = name;
  return function;
}

proto::AttemptId attempt(std::uint64_t number) { return {1, 1, number}; }

const proto::Image& own_image() {
  static const std::string content = [] {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  static const proto::Image image = [] {
    proto::Image made;
    made.content = base::as_bytes(content);
    made.hash = images::hash_bytes(made.content);
    made.name = "client_tests";
    made.architecture = base::architecture();
    return made;
  }();
  return image;
}

ClientRig::ClientRig(ClientOptions options, std::optional<net::ClusterKey> key, std::uint64_t epoch)
    : options_(std::move(options)), server(std::move(key), 0, epoch) {
  options_.server = "127.0.0.1";
  options_.port = server.port();
  options_.insecure = options_.key_file.empty();
  options_.cache_dir = directory_.path() / "cache";
  if (options_.workers == 0) options_.workers = 1;
  client = std::make_unique<Client>(options_);
}

void ClientRig::start(const std::vector<std::string>& functions) {
  client->start();
  server.wait_for_client();
  define(functions);
}

void ClientRig::define(const std::vector<std::string>& functions) {
  proto::DefineFunctions packet;
  for (const std::string& name : functions) {
    packet.functions.push_back(named_function(static_cast<std::uint32_t>(packet.functions.size()), name));
  }
  server.say(packet);
}

void ClientRig::assign(std::uint64_t number, std::uint32_t function, const std::vector<std::byte>& arguments,
                       std::chrono::nanoseconds timeout) {
  proto::AssignTasks packet;
  packet.tasks.push_back({attempt(number), function, static_cast<std::uint64_t>(timeout.count()), arguments});
  server.say(packet);
}

void ClientRig::ship_image() {
  CHECK(server.take<proto::RequestImage>()->hash == own_image().hash);
  server.say(own_image());
}

void ClientRig::start_warm(const std::vector<std::string>& functions) {
  std::vector<std::string> all{"add"};
  all.insert(all.end(), functions.begin(), functions.end());
  start(all);
  assign(1000, 0, encoded(1, 2));
  ship_image();
  CHECK(decoded<int>(server.take_finished().content) == 3);
}

void ClientRig::restart_client() {
  client->stop();
  wait_for_end();
  client = std::make_unique<Client>(options_);
}

void ClientRig::wait_for_end() {
  CHECK(server.closed().orderly);
  client->wait();
}

}  // namespace blitzen::client
