// Two network namespaces with a cable between them, whose packets nft can drop. Nothing else on the machine notices.
#pragma once

#include <string>
#include <vector>

namespace blitzen::soak {

class NetworkSpaces {
 public:
  /// Throws std::runtime_error when a command fails.
  NetworkSpaces();
  NetworkSpaces(const NetworkSpaces&) = delete;
  NetworkSpaces& operator=(const NetworkSpaces&) = delete;
  ~NetworkSpaces();

  /// Why there cannot be any here; empty if there can.
  [[nodiscard]] static std::string obstacle();

  /// The command that runs `program` at one end or the other.
  [[nodiscard]] std::vector<std::string> at_server(const std::string& program) const;
  [[nodiscard]] std::vector<std::string> at_peers(const std::string& program) const;
  [[nodiscard]] static std::string server_address() { return "10.77.0.1"; }

  /// Drops so many of a hundred packets, each way, from now on.
  void drop(int percent);
  /// The command that prints how many packets were dropped: "counter packets N", once for each way.
  [[nodiscard]] std::vector<std::string> listing_of_rules() const;

 private:
  void remove() const;

  std::string server_;
  std::string peers_;
};

}  // namespace blitzen::soak
