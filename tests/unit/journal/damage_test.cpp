// Bytes of the file change by themselves: that is noticed, and what is told is never wrong.
#include <algorithm>

#include "journal/schema.hpp"
#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;
using Catch::Contains;
using Content = std::vector<std::byte>;

namespace {

/// How a page begins that has rows and nothing below it.
constexpr std::byte leaf_of_rows{0x0a};

/// A journal with a bit of everything, at two moments.
struct DamageRig {
  DiskRig rig;
  State state;
  Content earlier;
  Content content;

  DamageRig() {
    rig.options.piece_bytes = 5'000;
    std::vector<Record> records{joined(1), joined(2), FunctionDefined{1, 0, payload("a function")}};
    for (std::uint64_t number = 0; number < 300; ++number)
      records.push_back(accepted(1 + number % 2, number, std::string(number % 90, 'a')));
    write(records);
    earlier = rig.disk.content(rig.path);
    records = {TaskStarted{1, 150}, accepted(1, 1'000, std::string(12'000, 'b')), settled(1, 2), settled(2, 151)};
    for (std::uint64_t number = 400; number < 500; ++number)
      records.push_back(settled(2, number, std::string(number % 70, 'c')));
    write(records);
    content = rig.disk.content(rig.path);
  }

  void write(const std::vector<Record>& records) {
    rig.open()->write(records);
    for (const Record& record : records) apply(state, record);
  }

  [[nodiscard]] std::size_t pages() const { return content.size() / page_bytes; }

  /// Whether the damage is noticed, in a file that has become this. Whatever is told must be true.
  [[nodiscard]] bool is_noticed(const Content& damaged) {
    rig.disk.put(rig.path, damaged);
    rig.disk.remove(rig.path + "-wal");
    Collector collector;
    bool noticed = true;
    try {
      noticed = !rig.open()->recover(collector).damage.empty();
    } catch (const journal::Error& error) {
      CHECK((error.kind() == ErrorKind::damaged || error.kind() == ErrorKind::not_a_journal));
    }
    if (!noticed) CHECK(collector.state == state);
    return noticed;
  }
};

}  // namespace

TEST_CASE("whichever bytes of a journal change, that is noticed or does not matter") {
  DamageRig rig;
  std::mt19937_64 random(1);
  REQUIRE(rig.pages() > 15);
  for (std::size_t page = 0; page < rig.pages(); ++page) {
    for (std::uint64_t i = 0; i < 100; i += thinning) {
      const std::size_t offset = page * page_bytes + random() % (i < 40 ? 100 : page_bytes);
      const auto flipped = static_cast<std::byte>(i < 50 ? 1U << random() % 8 : 1 + random() % 255);
      CAPTURE(page, offset % page_bytes, std::to_integer<int>(flipped));
      Content damaged = rig.content;
      damaged[offset] ^= flipped;
      (void)rig.is_noticed(damaged);
    }
  }
}

TEST_CASE("a page of zeros is noticed") {
  DamageRig rig;
  for (std::size_t page = 0; page < rig.pages(); ++page) {
    CAPTURE(page);
    Content damaged = rig.content;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(page * page_bytes), page_bytes, std::byte{0});
    CHECK(rig.is_noticed(damaged));
  }
}

TEST_CASE("a page that was not written, although the disk said so, is noticed") {
  DamageRig rig;
  for (std::size_t page = 0; page < rig.earlier.size() / page_bytes; ++page) {
    CAPTURE(page);
    Content damaged = rig.content;
    const auto begin = static_cast<std::ptrdiff_t>(page * page_bytes);
    std::copy_n(rig.earlier.begin() + begin, page_bytes, damaged.begin() + begin);
    if (damaged != rig.content && page > 0) (void)rig.is_noticed(damaged);
  }
}

TEST_CASE("a file that was cut off is noticed") {
  DamageRig rig;
  for (std::size_t size = 512; size < rig.content.size(); size += 512 * thinning) {
    CAPTURE(size);
    CHECK(rig.is_noticed(Content(rig.content.begin(), rig.content.begin() + static_cast<std::ptrdiff_t>(size))));
  }
}

TEST_CASE("a journal without its log is noticed, as often as it is opened, unless it was closed in order") {
  DiskRig rig;
  const std::string log_path = rig.path + "-wal";
  State state;
  auto store = rig.open();
  const std::vector<Record> records{joined(1), accepted(1, 1)};
  store->write(records);
  for (const Record& record : records) apply(state, record);
  const Content file = rig.disk.content(rig.path);
  const Content log = rig.disk.content(log_path);
  store.reset();
  CHECK_FALSE(rig.disk.has(log_path));
  CHECK(rig.recovered() == state);

  rig.disk.put(rig.path, file);
  for (int i = 0; i < 2; ++i)
    CHECK_THROWS_WITH(rig.open(), Contains("its log /journal-wal, which has") && Contains("missing"));
  {
    const Opened opened = open_with_damaged_log(rig.path, rig.options);
    Collector collector;
    CHECK(recover(*opened.connection, collector).damage.empty());
    CHECK(collector.state.empty());
  }
  rig.disk.put(rig.path, file);
  rig.disk.put(log_path, log);
  CHECK(rig.recovered() == state);
}

TEST_CASE("a damaged log is noticed, unless it could be what a crash left of the last transaction") {
  DiskRig rig;
  Content log;
  Content file;
  State before_last;
  State state;
  {
    const auto store = rig.open();
    std::mt19937_64 random(1);
    for (int i = 0; i < 6; ++i) {
      before_last = state;
      auto records = random_records(random, 20);
      if (i == 0) records.insert(records.begin(), joined(1));
      records.push_back(accepted(1, 1'000 + static_cast<std::uint64_t>(i)));
      store->write(records);
      for (const Record& record : records) apply(state, record);
    }
    log = rig.disk.content(rig.path + "-wal");
    file = rig.disk.content(rig.path);
  }
  std::uint64_t noticed = 0;
  for (std::size_t offset = 0; offset < log.size(); offset += (offset < 200 ? 1 : 61) * thinning) {
    CAPTURE(offset);
    Content damaged = log;
    damaged[offset] ^= std::byte{0x10};
    rig.disk.put(rig.path, file);
    rig.disk.put(rig.path + "-wal", damaged);
    Collector collector;
    try {
      const auto store = rig.open();
      CHECK(store->recover(collector).damage.empty());
      CHECK((collector.state == state || collector.state == before_last));
    } catch (const journal::Error& error) {
      ++noticed;
      CHECK(error.kind() == ErrorKind::damaged);
      CHECK_THAT(error.what(), Contains("of its log /journal-wal, only "));
      CHECK(rig.disk.has(rig.path + "-wal"));
    }
  }
  CHECK(noticed > 1'000 / thinning);
}

TEST_CASE("of a journal with damaged pages of rows, everything on other pages is told") {
  DiskRig rig;
  std::vector<Record> records{joined(1)};
  for (std::uint64_t number = 0; number < 20'000; ++number) records.push_back(accepted(1, number));
  rig.open()->write(records);
  Content damaged = rig.disk.content(rig.path);
  int zeroed = 0;
  for (std::size_t page = 20; zeroed < 10; page += 9) {
    const auto begin = damaged.begin() + static_cast<std::ptrdiff_t>(page * page_bytes);
    if (*begin != leaf_of_rows) continue;
    std::fill_n(begin, page_bytes, std::byte{0});
    ++zeroed;
  }
  rig.disk.put(rig.path, damaged);
  Collector collector;
  const Recovered recovered = rig.open()->recover(collector);
  CHECK(recovered.tasks.recorded == 20'000);
  CHECK(recovered.tasks.intact == collector.state.at(1).tasks.size());
  CHECK(recovered.tasks.intact > 19'000);
  CHECK(recovered.tasks.intact < 20'000);
  CHECK_THAT(damage_error(rig.path, recovered).what(), Contains("/journal is damaged (") &&
                                                           Contains(" of 20000 tasks") && Contains("1 of 1 drivers") &&
                                                           Contains("starting with --journal-salvage"));
}

TEST_CASE("a piece that is missing costs the payload it belongs to, and nothing else") {
  DiskRig rig;
  rig.options.piece_bytes = 20;
  rig.open()->write(std::vector<Record>{joined(1), accepted(1, 1, std::string(70, 'a') + "here"), accepted(1, 2, "b")});
  Content damaged = rig.disk.content(rig.path);
  const auto here = base::as_bytes("here");
  const auto found = std::search(damaged.begin(), damaged.end(), here.begin(), here.end());
  REQUIRE(found != damaged.end());
  *found = std::byte{'t'};
  rig.disk.put(rig.path, damaged);
  Collector collector;
  const Recovered recovered = rig.open()->recover(collector);
  CHECK_FALSE(recovered.damage.empty());
  CHECK(recovered.tasks.intact == 1);
  CHECK(recovered.tasks.recorded == 2);
  CHECK(collector.state.at(1).tasks.contains(2));
}

}  // namespace blitzen::testing
