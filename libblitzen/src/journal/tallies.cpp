#include "journal/tallies.hpp"

#include "journal/checksum.hpp"

namespace blitzen::journal {
namespace {

/// Sets these checksums apart from those of rows with the same numbers.
constexpr std::uint64_t mark = 0x7461'6c6c'7900'0000;

std::uint64_t checksum_of(std::uint64_t id, const Tally& tally) {
  return checksum({mark, id, tally.rows, tally.digest});
}

}  // namespace

Tallies::Tallies(const Connection& connection)
    : connection_(connection),
      select_(connection, "SELECT rows, digest, checksum FROM tally WHERE id = ?1"),
      replace_(connection, "INSERT OR REPLACE INTO tally VALUES(?1, ?2, ?3, ?4)") {}

void Tallies::load() {
  for (std::uint64_t id = 0; id < table_count; ++id) {
    Tally& tally = tallies_[id];
    const bool found = select_.bind(id).step();
    if (found) tally = {select_.number(0), select_.number(1)};
    const bool intact = found && select_.number(2) == checksum_of(id, tally);
    select_.reset();
    if (!intact) {
      throw Error(ErrorKind::damaged,
                  "the journal " + connection_.path() + " is damaged (its count of rows)" + salvage_advice);
    }
  }
  saved_ = tallies_;
}

void Tallies::save() {
  for (std::uint64_t id = 0; id < table_count; ++id) {
    if (tallies_[id] != saved_[id]) write(id, tallies_[id]);
  }
  saved_ = tallies_;
}

void Tallies::save_first() {
  for (std::uint64_t id = 0; id < table_count; ++id) write(id, {});
}

void Tallies::write(std::uint64_t id, const Tally& tally) {
  replace_.run(id, tally.rows, tally.digest, checksum_of(id, tally));
}

}  // namespace blitzen::journal
