#include "tests/soak/network_spaces.hpp"

#include <unistd.h>

#include <filesystem>

#include "tests/soak/command.hpp"

namespace blitzen::soak {
namespace {

constexpr const char* ip_program = "/usr/sbin/ip";
constexpr const char* nft_program = "/usr/sbin/nft";

using Command = std::vector<std::string>;

Command inside(const std::string& space, const Command& command) {
  Command all{ip_program, "netns", "exec", space};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

}  // namespace

std::string NetworkSpaces::obstacle() {
  if (::geteuid() != 0) return "needs root, for network namespaces: run it with sudo";
  for (const char* program : {ip_program, nft_program}) {
    if (!std::filesystem::exists(program))
      return std::string(program) + " is missing: run scripts/install-packages --soak";
  }
  return {};
}

NetworkSpaces::NetworkSpaces()
    : server_("blitzen-server-" + std::to_string(::getpid())), peers_("blitzen-peers-" + std::to_string(::getpid())) {
  const std::string one = "bza" + std::to_string(::getpid());
  const std::string other = "bzb" + std::to_string(::getpid());
  try {
    for (const std::string& space : {server_, peers_}) must_run({ip_program, "netns", "add", space});
    must_run({ip_program, "-n", server_, "link", "add", one, "type", "veth", "peer", "name", other, "netns", peers_});
    must_run({ip_program, "-n", server_, "address", "add", server_address() + "/24", "dev", one});
    must_run({ip_program, "-n", peers_, "address", "add", "10.77.0.2/24", "dev", other});
    for (const auto& [space, device] : {std::pair{server_, one}, {peers_, other}, {server_, "lo"}, {peers_, "lo"}})
      must_run({ip_program, "-n", space, "link", "set", device, "up"});
  } catch (...) {
    remove();
    throw;
  }
}

NetworkSpaces::~NetworkSpaces() { remove(); }

void NetworkSpaces::remove() const {
  for (const std::string& space : {server_, peers_})
    static_cast<void>(run_command({ip_program, "netns", "del", space}));
}

Command NetworkSpaces::at_server(const std::string& program) const { return inside(server_, {program}); }

Command NetworkSpaces::at_peers(const std::string& program) const { return inside(peers_, {program}); }

std::vector<std::string> NetworkSpaces::listing_of_rules() const {
  return inside(peers_, {nft_program, "list", "ruleset"});
}

void NetworkSpaces::drop(int percent) {
  must_run(inside(peers_, {nft_program, "flush", "ruleset"}));
  if (percent == 0) return;
  const std::string some = "numgen random mod 100 < " + std::to_string(percent) + " counter drop";
  const std::string rule = percent == 100 ? "counter drop" : some;
  must_run(inside(peers_, {nft_program, "add table inet soak"}));
  for (const char* hook : {"input", "output"}) {
    must_run(inside(peers_, {nft_program, std::string("add chain inet soak ") + hook + " { type filter hook " + hook +
                                              " priority 0; }"}));
    must_run(inside(peers_, {nft_program, std::string("add rule inet soak ") + hook + ' ' + rule}));
  }
}

}  // namespace blitzen::soak
