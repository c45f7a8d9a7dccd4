// So much of a journal is damaged that SQLite finds no way through it, or too many: reading it ends nonetheless, and
// what is intact is told as far as there is a way to it.
#include <algorithm>
#include <cstdio>

#include "journal/schema.hpp"
#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;
using Content = std::vector<std::byte>;

namespace {

/// How a page begins that has rows, and pages below it or not.
constexpr std::byte node{0x02};
constexpr std::byte leaf{0x0a};

/// Where such a page has how many rows, its last child, and where the offsets of its rows, each of which begins with
/// a child.
constexpr std::size_t count_offset = 3;
constexpr std::size_t last_child_offset = 8;
constexpr std::size_t rows_offset = 12;
constexpr std::size_t leaf_rows_offset = 8;

/// How far its arguments are at most from the beginning of a row.
constexpr std::size_t row_bytes_max = 40;

constexpr std::uint64_t tasks = 20'000;

std::string arguments_of(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "this is %08llu", static_cast<unsigned long long>(number));
  return text;
}

/// The tasks of one driver, and where they are in the file.
struct DeepRig {
  DiskRig rig;
  Content content;
  std::vector<std::size_t> offsets;

  DeepRig() {
    std::vector<Record> records{joined(1)};
    for (std::uint64_t number = 0; number < tasks; ++number)
      records.push_back(accepted(1, number, arguments_of(number)));
    rig.open()->write(records);
    content = rig.disk.content(rig.path);
    const std::string mark = arguments_of(0).substr(0, 8);
    const std::string text{reinterpret_cast<const char*>(content.data()), content.size()};
    offsets.resize(tasks);
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
      if (is_in_use(at)) offsets.at(std::stoul(text.substr(at + mark.size(), 8))) = at;
    }
  }

  [[nodiscard]] std::size_t page_of(std::uint64_t number) const { return offsets.at(number) / page_bytes; }
  [[nodiscard]] std::byte* page(std::size_t number) { return content.data() + number * page_bytes; }

  [[nodiscard]] std::size_t number_at(std::size_t offset) const {
    return std::to_integer<std::size_t>(content[offset]) << 8U | std::to_integer<std::size_t>(content[offset + 1]);
  }

  /// SQLite leaves the bytes of rows behind that it has moved to another page.
  [[nodiscard]] bool is_in_use(std::size_t at) const {
    const std::size_t begin = at - at % page_bytes;
    const std::size_t rows = begin + (content[begin] == node ? rows_offset : leaf_rows_offset);
    for (std::size_t row = 0; row < number_at(begin + count_offset); ++row) {
      const std::size_t offset = begin + number_at(rows + 2 * row);
      if (offset < at && at - offset < row_bytes_max) return true;
    }
    return false;
  }

  void clear(std::size_t number) { std::fill_n(page(number), page_bytes, std::byte{0}); }

  /// Makes one page the only child of another, many times over.
  void lead(std::size_t from, std::size_t to) {
    const auto put = [this, from](std::size_t at, std::size_t value, std::size_t bytes) {
      for (std::size_t i = 0; i < bytes; ++i) page(from)[at + i] = static_cast<std::byte>(value >> 8 * (bytes - 1 - i));
    };
    const auto get = [this, from](std::size_t at) { return number_at(from * page_bytes + at); };
    REQUIRE(page(from)[0] == node);
    put(last_child_offset, to + 1, 4);
    for (std::size_t row = 0; row < get(count_offset); ++row) put(get(rows_offset + 2 * row), to + 1, 4);
  }

  [[nodiscard]] Recovered recover(Collector& collector) {
    rig.disk.put(rig.path, content);
    return rig.open()->recover(collector);
  }
};

}  // namespace

TEST_CASE("when the first rows do not match their checksums and the page after them is lost, the others are told") {
  DeepRig rig;
  std::uint64_t damaged = 0;
  const std::size_t first = rig.page_of(0);
  for (; rig.page_of(damaged) == first || rig.page(rig.page_of(damaged))[0] == node; ++damaged)
    rig.content[rig.offsets[damaged]] ^= std::byte{1};
  const std::size_t lost = rig.page_of(damaged);
  const auto on_lost = static_cast<std::uint64_t>(std::count_if(
      rig.offsets.begin(), rig.offsets.end(), [lost](std::size_t offset) { return offset / page_bytes == lost; }));
  rig.clear(lost);
  Collector collector;
  const Recovered recovered = rig.recover(collector);
  CHECK_FALSE(recovered.damage.empty());
  CHECK(recovered.tasks.recorded == tasks);
  CHECK(recovered.tasks.intact == tasks - damaged - on_lost - 1);  // To the row after a page the way leads through it.
}

TEST_CASE("when every other page of rows is lost, all rows on the pages between are told") {
  DeepRig rig;
  std::vector<bool> is_lost(rig.content.size() / page_bytes);
  bool lost = false;
  std::size_t last = 0;
  std::uint64_t left = 0;
  for (std::uint64_t number = 0; number < tasks; ++number) {
    const std::size_t page = rig.page_of(number);
    if (page != last && rig.page(page)[0] == leaf) {
      lost = !lost;
      last = page;
      is_lost[page] = lost;
    }
    // To the row after a page, which is on the page above, the way leads through it.
    if (!is_lost[page] && !(lost && rig.page(page)[0] == node)) ++left;
  }
  for (std::size_t page = 0; page < is_lost.size(); ++page) {
    if (is_lost[page]) rig.clear(page);
  }
  Collector collector;
  const Recovered recovered = rig.recover(collector);
  CHECK(recovered.tasks.intact == left);
  CHECK(left > tasks / 3);
}

TEST_CASE("when pages lead to the same ones again and again, reading ends and says so") {
  DeepRig rig;
  std::vector<std::size_t> pages;
  std::size_t root = 0;
  for (std::uint64_t number = 0; number < tasks; ++number) {
    const std::size_t page = rig.page_of(number);
    if (rig.page(page)[0] == node && root == 0) root = page;
    if (rig.page(page)[0] == leaf && (pages.empty() || pages.back() != page)) pages.push_back(page);
  }
  REQUIRE(root != 0);
  // Eight levels of pages, each of which leads dozens of times to the one below.
  std::size_t above = root;
  for (std::size_t level = 1; level <= 8; ++level) {
    const std::size_t below = pages[level];
    std::copy_n(rig.page(root), page_bytes, rig.page(below));
    rig.lead(above, below);
    above = below;
  }
  rig.lead(above, pages[0]);
  Collector collector;
  const Recovered recovered = rig.recover(collector);
  CHECK(recovered.tasks.intact < tasks);
  CHECK(recovered.tasks.intact == collector.state.at(1).tasks.size());
  CHECK(recovered.tasks.intact > 0);
  CHECK_FALSE(recovered.damage.empty());
}

}  // namespace blitzen::testing
