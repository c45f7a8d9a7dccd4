#include "journal/scan.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace blitzen::journal {
namespace {

constexpr std::uint64_t sign = std::uint64_t{1} << 63U;
constexpr std::uint64_t last_position = std::numeric_limits<std::uint64_t>::max();

/// SQLite's integers have a sign, and are counted here from the lowest one.
std::uint64_t key_at(std::uint64_t position) { return position ^ sign; }
std::uint64_t position_of(std::uint64_t key) { return key ^ sign; }

}  // namespace

Scan::Scan(const Connection& connection, Statement& statement, std::uint64_t group, Patience& patience,
           OnDamage on_damage)
    : connection_(connection),
      statement_(statement),
      group_(group),
      patience_(patience),
      on_damage_(std::move(on_damage)) {}

bool Scan::next() {
  if (std::exchange(is_open_, false)) {
    patience_.spend_on_row(statement_.row_bytes());
    if (patience_.is_lost()) give_up();
  }
  while (!ended_) {
    const int code = std::exchange(started_, true) ? statement_.try_step() : start(from_);
    if (code == SQLITE_ROW) {
      seen_ = position_of(statement_.number(0));
      is_open_ = true;
      return true;
    }
    if (code == SQLITE_DONE) break;
    note(code);
    leap();
  }
  ended_ = true;
  return false;
}

bool Scan::accept() {
  if (seen_ < from_) {
    on_damage_("its rows are out of order");
    return false;
  }
  is_open_ = false;
  ended_ = seen_ == last_position;
  from_ = seen_ + 1;
  step_ = 0;
  return true;
}

int Scan::start(std::uint64_t from) {
  statement_.bind(group_, key_at(from));
  return statement_.try_step();
}

bool Scan::can_start(std::uint64_t from) {
  connection_.forget_pages_read();
  const int code = start(from);
  statement_.reset();
  patience_.spend(1 + connection_.pages_read());
  return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool Scan::stands_at(std::uint64_t position) {
  const bool found = start(position) == SQLITE_ROW && position_of(statement_.number(0)) == position;
  statement_.reset();
  return found;
}

void Scan::note(int code) {
  const int primary = code & 0xFF;
  if (primary == SQLITE_NOMEM) throw std::bad_alloc();
  if (primary != SQLITE_CORRUPT) connection_.fail(code);
  on_damage_(sqlite3_errstr(code));
}

/// Widens the distance until a row can be found, then narrows it down to the first one. Each leap goes further than the
/// one before, if no row was intact in between: the row it arrives at may be the one from which there is no way on.
/// Nearly all keys lie just above 0, so the distance is counted from there again.
void Scan::leap() {
  started_ = false;
  pass_rows_seen();
  std::uint64_t base = from_;
  std::uint64_t bad;
  std::uint64_t good = from_;
  do {
    bad = good;
    if (patience_.is_lost()) return give_up();
    if (bad == last_position) {
      ended_ = true;
      return;
    }
    if (bad == position_of(0)) {
      base = bad;
      step_ = 0;
    }
    step_ = step_ > last_position / 2 ? last_position : std::max<std::uint64_t>(1, 2 * step_);
    const std::uint64_t end = base < position_of(0) ? position_of(0) : last_position;
    good = end - base < step_ ? end : base + step_;
  } while (!can_start(good));
  while (good - bad > 1) {
    const std::uint64_t middle = bad + (good - bad) / 2;
    (can_start(middle) ? good : bad) = middle;
  }
  from_ = good;
}

/// The rows before the one from which there is no way on have been tried: from anywhere among them the way leads there
/// again. Its key may be damaged, and is only good for this if SQLite finds it where it should be.
void Scan::pass_rows_seen() {
  if (seen_ >= from_ && stands_at(seen_)) from_ = seen_;
}

void Scan::give_up() {
  on_damage_("so much cannot be read that the rest was not looked for");
  ended_ = true;
}

}  // namespace blitzen::journal
