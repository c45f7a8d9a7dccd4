// The journal's file: whatever becomes of it and of SQLite's log beside it, only what was recorded is told. What is not
// said to be damaged is as it was after some transaction, and of a file without a log after the last one.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "journal/error.hpp"
#include "journal/schema.hpp"
#include "journal/store.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/counting_new.hpp"
#include "tests/support/simulated_disk.hpp"

namespace blitzen::fuzz {
namespace {

using journal::Record;
using Facts = std::set<std::string>;

constexpr std::uint8_t flag_with_log = 1;
constexpr std::uint8_t flag_salvage = 2;

/// More edits find nothing that these do not.
constexpr int edits_max = 64;

const std::string path = "/journal";
const std::string log_path = path + "-wal";

std::string payload_text(const base::SharedBytes& payload) {
  return std::to_string(payload.size()) + '/' +
         std::to_string(std::hash<std::string_view>{}(base::as_text(payload.bytes())));
}

template <class... Parts>
std::string fact(const char* kind, Parts... parts) {
  std::string text = kind;
  ((text += ' ', text += std::to_string(parts)), ...);
  return text;
}

/// Writes down what is told.
class Listener final : public journal::Visitor {
 public:
  Facts facts;

  void on_driver(journal::DriverJoined&& driver) override {
    add(fact("driver", driver.driver, std::to_integer<int>(driver.session[0]), driver.keeps, driver.numbers_below) +
        driver.job);
  }
  void on_function(journal::FunctionDefined&& function) override {
    add(fact("function", function.driver, function.index) + payload_text(function.definition));
  }
  bool on_task(journal::TaskAccepted&& task, bool started) override {
    add(fact("task", task.driver, task.number, task.function, task.timeout_ns, task.worker_deaths_max) +
        payload_text(task.arguments));
    if (started) add(fact("started", task.driver, task.number));
    return true;
  }
  void on_outcome(journal::TaskSettled&& outcome) override {
    add(fact("outcome", outcome.driver, outcome.number, outcome.outcome, outcome.ran_ns) +
        payload_text(outcome.content));
  }

 private:
  void add(std::string text) { require(facts.insert(std::move(text)).second, "the journal tells something twice"); }
};

base::SharedBytes payload(std::size_t bytes, char letter) {
  return base::SharedBytes::copy_of(base::as_bytes(std::string(bytes, letter)));
}

/// Few, because what an input costs is mostly copying the files.
constexpr std::uint64_t tasks_per_transaction = 10;
constexpr std::uint64_t piece_bytes = 2'500;

/// A bit of everything, in payloads of no piece, one piece and several.
std::vector<Record> records_of(std::uint64_t transaction) {
  std::vector<Record> records;
  for (std::uint32_t driver = 1; driver <= 2; ++driver) {
    journal::SessionId session{};
    session.fill(static_cast<std::byte>(driver));
    records.emplace_back(journal::DriverJoined{driver, session, driver == 1 ? "" : "job", driver == 2});
    records.emplace_back(
        journal::FunctionDefined{driver, static_cast<std::uint32_t>(transaction), payload(20 + driver, 'f')});
    const std::uint64_t first = tasks_per_transaction * transaction;
    for (std::uint64_t number = first; number < first + tasks_per_transaction; ++number) {
      const std::size_t bytes = number == first + 7 ? 2 * piece_bytes + 1'000 : number % 90;
      records.emplace_back(journal::TaskAccepted{driver, number, 0, number * 1'000, 3, payload(bytes, 'a')});
      if (number % 3 == 0) records.emplace_back(journal::TaskSettled{driver, number, 1, number, payload(bytes, 'r')});
      if (number % 7 == 0) records.emplace_back(journal::TaskStarted{driver, number});
    }
    records.emplace_back(journal::OutcomesAcknowledged{driver, first, first + 5});
  }
  return records;
}

struct Files {
  Bytes file;
  Bytes log;
};

/// SQLite shall take memory in large pieces and lock nothing: a third of the time goes into that otherwise.
struct QuickSqlite {
  QuickSqlite() {
    constexpr int page_slots = 200;
    constexpr int page_slot_bytes = journal::page_bytes + 512;
    constexpr int small_slots = 400;
    constexpr int small_slot_bytes = 512;
    static std::array<std::byte, std::size_t{page_slots} * page_slot_bytes> pages;
    require(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK &&
                sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK &&
                sqlite3_config(SQLITE_CONFIG_LOOKASIDE, small_slot_bytes, small_slots) == SQLITE_OK &&
                sqlite3_config(SQLITE_CONFIG_PAGECACHE, pages.data(), page_slot_bytes, page_slots) == SQLITE_OK,
            "SQLite cannot be configured");
  }
};

/// A journal at two moments, made once.
class Original {
 public:
  static constexpr std::uint64_t transactions = 3;

  Original() {
    options.vfs = disk.vfs();
    options.put_file = [this](const std::string& file, std::span<const std::byte> content) { disk.put(file, content); };
    options.piece_bytes = piece_bytes;
    auto store = std::make_unique<journal::Store>(path, options);
    remember(*store);
    for (std::uint64_t i = 0; i < transactions; ++i) {
      store->write(records_of(i));
      remember(*store);
    }
    with_log = {disk.content(path), disk.content(log_path)};
    store.reset();
    without_log = {disk.content(path), {}};
  }

  QuickSqlite before_its_first_use;
  testing::SimulatedDisk disk;
  journal::StoreOptions options;
  Files with_log;
  Files without_log;
  std::vector<Facts> states;  ///< After each transaction.
  Facts ever;                 ///< Whatever was true at some time.

 private:
  void remember(const journal::Store& store) {
    Listener listener;
    require(store.recover(listener).damage.empty(), "a journal is damaged from the beginning");
    ever.insert(listener.facts.begin(), listener.facts.end());
    states.push_back(std::move(listener.facts));
  }
};

void edit(Bytes& content, InputReader& input) {
  const auto kind = input.number<std::uint8_t>();
  // Pages' beginnings are worth more than what is inside of them.
  const std::size_t page = input.number<std::uint8_t>() * journal::page_bytes;
  if (content.empty()) return;
  const std::size_t at = (page + input.number<std::uint16_t>()) % content.size();
  const auto from = content.begin() + static_cast<std::ptrdiff_t>(at);
  switch (kind % 6) {
    case 0:
    case 1: {
      const auto bytes = input.take(std::min<std::size_t>(content.size() - at, 1U + kind / 6 % 8));
      std::copy(bytes.begin(), bytes.end(), from);
      return;
    }
    case 2:
      content[at] ^= static_cast<std::byte>(input.number<std::uint8_t>());
      return;
    case 3:
      std::fill_n(from, std::min<std::size_t>(content.size() - at, input.number<std::uint16_t>()), std::byte{0});
      return;
    case 4: {
      const std::size_t source = input.number<std::uint8_t>() * journal::page_bytes % content.size();
      const std::size_t bytes = std::min({journal::page_bytes, content.size() - source, content.size() - at});
      std::memmove(content.data() + at, content.data() + source, bytes);
      return;
    }
    default:
      content.resize(at);
  }
}

/// What is told of these files, and whether anything was said to be wrong with them.
struct Told {
  Facts facts;
  bool damaged = false;
};

Told tell(Original& original, const Files& files, bool salvage) {
  original.disk.put(path, files.file);
  if (files.log.empty())
    original.disk.remove(log_path);
  else
    original.disk.put(log_path, files.log);
  Listener listener;
  Told told;
  try {
    if (salvage) {
      const journal::Opened opened = journal::open_with_damaged_log(path, original.options);
      const auto recovered = journal::recover(*opened.connection, listener);
      told.damaged = !opened.log_damage.empty() || !recovered.damage.empty();
    } else {
      const journal::Store store(path, original.options);
      told.damaged = !store.recover(listener).damage.empty();
    }
  } catch (const journal::Error& error) {
    require(error.kind() == journal::ErrorKind::damaged || error.kind() == journal::ErrorKind::not_a_journal,
            "a journal that was changed leads to another error than that it is damaged");
    told.damaged = true;
  }
  told.facts = std::move(listener.facts);
  return told;
}

}  // namespace

void try_input(std::span<const std::byte> input) {
  static Original& original = *new Original;
  InputReader reader{input};
  const auto flags = reader.number<std::uint8_t>();
  const bool with_log = (flags & flag_with_log) != 0;
  static Files files;  // whose memory is used again
  files = with_log ? original.with_log : original.without_log;
  for (int i = 0; i < edits_max && !reader.empty(); ++i) {
    const bool in_log = with_log && reader.number<std::uint8_t>() % 2 == 1;
    edit(in_log ? files.log : files.file, reader);
  }
  const testing::AllocationMeter meter;
  const Told told = tell(original, files, (flags & flag_salvage) != 0);
  require(meter.peak_bytes() <= allocation_bytes_max(files.file.size() + files.log.size()),
          "reading a journal took too much memory");
  require(std::ranges::includes(original.ever, told.facts), "the journal tells what was never recorded");
  if (told.damaged) return;
  const auto first = with_log ? original.states.begin() : original.states.end() - 1;
  require(std::find(first, original.states.end(), told.facts) != original.states.end(),
          "damage to the journal was not noticed");
}

std::vector<Seed> seeds() {
  std::vector<Seed> all;
  for (unsigned char flags = 0; flags < 4; ++flags) {
    const std::string kind = std::to_string(flags);
    all.push_back({"unchanged, " + kind, {std::byte{flags}}});
    for (const unsigned edit : {0U, 2U, 3U, 4U, 5U}) {
      for (const unsigned page : {0U, 3U, 9U, 14U}) {
        const Bytes one{static_cast<std::byte>(edit), static_cast<std::byte>(page), std::byte{20}, std::byte{0},
                        std::byte{7}};
        Bytes input{std::byte{flags}};
        if ((flags & flag_with_log) != 0) {
          // The file first, then the log.
          input.push_back(std::byte{0});
          input.insert(input.end(), one.begin(), one.end());
          input.push_back(std::byte{1});
        }
        input.insert(input.end(), one.begin(), one.end());
        all.push_back({"edit " + std::to_string(edit) + " of page " + std::to_string(page) + ", " + kind, input});
      }
    }
  }
  return all;
}

}  // namespace blitzen::fuzz
