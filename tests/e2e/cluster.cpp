#include "tests/e2e/cluster.hpp"

#include <algorithm>

namespace blitzen::e2e {

Arguments concat(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

Cluster::Cluster(const Arguments& server_arguments)
    : server_arguments_(server_arguments),
      insecure_(std::find(server_arguments.begin(), server_arguments.end(), "--insecure") != server_arguments.end()) {
  start_server();
}

void Cluster::start_server() {
  const Arguments listen{"--listen", "127.0.0.1", "--port", std::to_string(port_)};
  server_ = &launch(SERVER_PROGRAM, concat(listen, server_arguments_), "server");
  port_ = server_->port();
}

void Cluster::restart_server() {
  server_->wait_exit();
  start_server();
}

Daemon& Cluster::start_client(int workers, const Arguments& more) {
  Daemon& client =
      launch_client(concat({"--workers", std::to_string(workers)}, more), "client" + std::to_string(++clients_));
  client.wait_for_line("connected to ");
  return client;
}

Daemon& Cluster::launch_client(const Arguments& arguments, const std::string& directory) {
  return launch(CLIENT_PROGRAM, concat(where(), arguments), directory);
}

Daemon& Cluster::launch_driver(const std::string& role, const Arguments& more) {
  return launch(own_program(), concat({"--role", role, std::to_string(port_), key_file()}, more),
                "driver" + std::to_string(++drivers_));
}

Daemon& Cluster::launch(const std::filesystem::path& program, const Arguments& arguments,
                        const std::string& directory) {
  return others_.emplace_back(
      testing::DaemonOptions{.program = program, .arguments = arguments, .directory = directory_.path() / directory});
}

void Cluster::forget(const Daemon& daemon) {
  others_.remove_if([&](const Daemon& other) { return &other == &daemon; });
}

DistributedOptions Cluster::driver() const {
  DistributedOptions options{.port = port_, .insecure = insecure_};
  if (!insecure_) options.key_file = key_file();
  return options;
}

Arguments Cluster::where() const {
  const Arguments server{"--server", "127.0.0.1", "--port", std::to_string(port_)};
  return concat(server, insecure_ ? Arguments{"--insecure"} : Arguments{"--key-file", key_file()});
}

std::filesystem::path Cluster::key_file() const { return directory() / "server/config/blitzen/cluster.key"; }

std::filesystem::path own_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

Error connect_error(const DistributedOptions& options) {
  try {
    DistributedDispatcher(options).connect();
  } catch (const Error& error) {
    return error;
  }
  throw testing::DidNotHappen("the driver connected");
}

}  // namespace blitzen::e2e
