#include "tests/fuzz/fuzz_target.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string_view>

#include "proto/packet_numbers.hpp"

namespace blitzen::fuzz {
namespace {

Bytes from_hex(const std::string& digits) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

}  // namespace

void require(bool holds, const char* sentence) {
  if (holds) return;
  std::fprintf(stderr, "finding: %s\n", sentence);
  std::abort();
}

std::vector<Seed> read_hex_lines(const std::string& file) {
  std::ifstream stream{file};
  if (!stream) throw std::runtime_error("cannot read " + file);
  std::vector<Seed> lines;
  for (std::string line; std::getline(stream, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with('#') || colon == std::string::npos) continue;
    lines.push_back({line.substr(0, colon), from_hex(line.substr(colon + 2))});
  }
  return lines;
}

std::vector<Seed> golden_packets() { return read_hex_lines(BLITZEN_GOLDEN_FILE); }

std::uint16_t packet_number_of(const std::string& name) {
  using proto::PacketNumber;
  static const std::map<std::string_view, PacketNumber> numbers{
      {"hello", PacketNumber::hello},
      {"goodbye", PacketNumber::goodbye},
      {"heartbeat", PacketNumber::heartbeat},
      {"define_functions", PacketNumber::define_functions},
      {"offer_image", PacketNumber::offer_image},
      {"request_image", PacketNumber::request_image},
      {"image", PacketNumber::image},
      {"submit_tasks", PacketNumber::submit_tasks},
      {"accept_tasks", PacketNumber::accept_tasks},
      {"cancel_tasks", PacketNumber::cancel_tasks},
      {"report_outcomes", PacketNumber::report_outcomes},
      {"acknowledge_outcomes", PacketNumber::acknowledge_outcomes},
      {"notice", PacketNumber::notice},
      {"claim_attempts", PacketNumber::claim_attempts},
      {"hold_tasks", PacketNumber::hold_tasks},
      {"job_state", PacketNumber::job_state},
      {"forget_tasks", PacketNumber::forget_tasks},
      {"assign_tasks", PacketNumber::assign_tasks},
      {"recall_tasks", PacketNumber::recall_tasks},
      {"cancel_attempts", PacketNumber::cancel_attempts},
      {"finish_tasks", PacketNumber::finish_tasks},
      {"worker_death", PacketNumber::worker_death},
      {"return_tasks", PacketNumber::return_tasks},
      {"refuse_task", PacketNumber::refuse_task},
      {"client_status", PacketNumber::client_status}};
  const auto found = numbers.find(name.substr(0, name.find(' ')));
  return found == numbers.end() ? std::uint16_t{0} : static_cast<std::uint16_t>(found->second);
}

}  // namespace blitzen::fuzz
