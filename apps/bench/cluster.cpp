#include "apps/bench/cluster.hpp"

#include <charconv>
#include <cstdlib>

#include "blitzen/error.hpp"

namespace blitzen::bench {
namespace {

constexpr auto loopback = "127.0.0.1";

using Arguments = std::vector<std::string>;

Arguments with_security(Arguments arguments, Security security) {
  if (security == Security::insecure) arguments.emplace_back("--insecure");
  return arguments;
}

/// From the rest of the server's log line "listening on 127.0.0.1:PORT, ...".
std::uint16_t port_in(const std::string& text) {
  const auto begin = text.find(':') + 1;
  std::uint16_t port = 0;
  std::from_chars(text.data() + begin, text.data() + text.size(), port);
  if (port == 0) throw Error(ErrorCode::system, "blitzen-server's log does not name its port: " + text);
  return port;
}

}  // namespace

const char* to_string(Security security) { return security == Security::tls ? "TLS" : "insecure"; }

Cluster::Cluster(Security security)
    : security_(security),
      server_(program_directory() / "blitzen-server", with_security({"--listen", loopback, "--port", "0"}, security)) {
  driver_.server = loopback;
  driver_.port = port_in(server_.wait_for("listening on "));
  driver_.insecure = security == Security::insecure;
}

Daemon& Cluster::launch_client(int workers) {
  const Arguments arguments{
      "--server", loopback, "--port", std::to_string(driver_.port), "--workers", std::to_string(workers)};
  return clients_.emplace_back(program_directory() / "blitzen-client", with_security(arguments, security_));
}

Daemon& Cluster::start_client(int workers) {
  Daemon& client = launch_client(workers);
  client.wait_for("connected to ");
  return client;
}

std::filesystem::path Cluster::key_file() {
  return std::filesystem::path{std::getenv("XDG_CONFIG_HOME")} / "blitzen" / "cluster.key";
}

std::filesystem::path program_directory() { return std::filesystem::read_symlink("/proc/self/exe").parent_path(); }

}  // namespace blitzen::bench
