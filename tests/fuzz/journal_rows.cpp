// The rows of a journal, without files, hundreds of times as often as with them: rows are changed, gone or forged with
// the checksums they need. What was not forged is told as it was recorded, or said to be damaged.
#include <array>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <string_view>

#include "journal/changes.hpp"
#include "journal/recovery.hpp"
#include "journal/rows.hpp"
#include "journal/schema.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::fuzz {
namespace {

using journal::Connection;
using journal::Divided;
using journal::Statement;
using journal::Table;
using Facts = std::multiset<std::string>;
using Small = std::uint8_t;

/// More edits find nothing that these do not.
constexpr int edits_max = 32;

template <class... Parts>
std::string fact(const char* kind, std::string_view payload, Parts... parts) {
  std::string text = kind;
  ((text += ' ', text += std::to_string(parts)), ...);
  return text + ' ' + std::to_string(payload.size()) + '/' + std::to_string(std::hash<std::string_view>{}(payload));
}

std::string_view text_of(const base::SharedBytes& payload) { return base::as_text(payload.bytes()); }

/// Writes down what is told.
class Listener final : public journal::Visitor {
 public:
  Facts facts;

  void on_driver(journal::DriverJoined&& driver) override {
    facts.insert(fact("driver", driver.job, driver.driver, driver.keeps, driver.numbers_below) +
                 std::string(base::as_text(driver.session)));
  }
  void on_function(journal::FunctionDefined&& it) override {
    facts.insert(fact("function", text_of(it.definition), it.driver, it.index));
  }
  bool on_task(journal::TaskAccepted&& it, bool started) override {
    facts.insert(
        fact("task", text_of(it.arguments), it.driver, it.number, it.function, it.timeout_ns, it.worker_deaths_max));
    if (started) facts.insert(fact("started", "", it.driver, it.number));
    return true;
  }
  void on_outcome(journal::TaskSettled&& it) override {
    facts.insert(fact("outcome", text_of(it.content), it.driver, it.number, it.outcome, it.ran_ns));
  }
};

base::SharedBytes payload(std::size_t bytes, char letter) {
  return base::SharedBytes::copy_of(base::as_bytes(std::string(bytes, letter)));
}

/// ?1 is the new value, ?2 the driver, ?3 the number.
constexpr const char* changes[] = {
    "UPDATE driver SET checksum = ?1 WHERE driver = ?2 AND ?3 >= 0",
    "UPDATE driver SET session = ?1 WHERE driver = ?2 AND ?3 >= 0",
    "UPDATE driver SET job = ?1 WHERE driver = ?2 AND ?3 >= 0",
    "UPDATE driver SET numbers_below = ?1 WHERE driver = ?2 AND ?3 >= 0",
    "UPDATE OR IGNORE function SET number = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE function SET size = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE function SET definition = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE OR IGNORE task SET number = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE task SET pieces = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE task SET size = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE task SET arguments = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE task SET timeout_ns = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE OR IGNORE started SET number = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE OR IGNORE outcome SET driver = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE outcome SET pieces = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE outcome SET content = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE outcome SET outcome = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE OR IGNORE piece SET piece = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE piece SET bytes = ?1 WHERE driver = ?2 AND number = ?3",
    "UPDATE tally SET rows = ?1 WHERE id = ?2 AND ?3 >= 0",
    "DELETE FROM task WHERE ?1 >= 0 AND driver = ?2 AND number = ?3",
    "DELETE FROM started WHERE ?1 >= 0 AND driver = ?2 AND number = ?3",
    "DELETE FROM outcome WHERE ?1 >= 0 AND driver = ?2 AND number = ?3",
    "DELETE FROM piece WHERE ?1 >= 0 AND driver = ?2 AND number = ?3",
};

/// A journal in memory, made once. What an input does to it is rolled back.
class Original {
 public:
  Original() : connection_(Connection::in_memory("in memory")) {
    const Bytes blank = journal::blank_journal("in memory", 1);
    auto* const image = static_cast<unsigned char*>(sqlite3_malloc64(blank.size()));
    if (image == nullptr) throw std::bad_alloc();
    std::memcpy(image, blank.data(), blank.size());
    const auto bytes = static_cast<sqlite3_int64>(blank.size());
    require(sqlite3_deserialize(connection_->get(), "main", image, bytes, bytes,
                                SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) == SQLITE_OK,
            "a blank journal cannot be opened");
    fill();
    for (const char* change : changes) changes_.push_back(std::make_unique<Statement>(*connection_, change));
    facts = tell().facts;
  }

  struct Told {
    Facts facts;
    bool damaged = false;
  };

  Facts facts;

  [[nodiscard]] Told tell() const {
    Listener listener;
    const auto recovered = journal::recover(*connection_, listener);
    return {std::move(listener.facts), !recovered.damage.empty()};
  }
  [[nodiscard]] std::size_t bytes() const { return connection_->file_bytes(); }
  void begin() { connection_->run("BEGIN"); }
  void end() { connection_->run("ROLLBACK"); }

  void change(InputReader& input) {
    Statement& statement = *changes_[input.number<Small>() % changes_.size()];
    const std::uint64_t driver = input.number<Small>() % 4;
    const std::uint64_t number = input.number<Small>() % 16;
    const auto kind = input.number<Small>();
    if (kind % 3 == 0) return statement.run(input.take(kind / 3), driver, number);
    const std::uint64_t value = kind % 3 == 1 ? input.number<Small>() : input.number<std::uint64_t>();
    statement.run(value, driver, number);
  }

  /// A row that nobody wrote, with the checksum it needs.
  void forge(InputReader& input) {
    const auto kind = input.number<Small>();
    const std::uint32_t driver = input.number<Small>() % 4;
    const std::uint32_t number = input.number<Small>() % 16;
    const Divided divided = divided_in(input);
    switch (kind % 4) {
      case 0: {
        const journal::FunctionDefined it{driver, number, {}};
        return forged_function_.run(driver, number, row_checksum(it, divided), divided.pieces, divided.size,
                                    divided.first);
      }
      case 1: {
        const journal::TaskAccepted it{driver, number, 1, 2, kind, {}};
        return forged_task_.run(driver, number, row_checksum(it, divided), divided.pieces, divided.size,
                                std::uint64_t{kind}, divided.first);
      }
      case 2: {
        const journal::TaskSettled it{driver, number, kind, 2, {}};
        return forged_outcome_.run(driver, number, row_checksum(it, divided), divided.pieces, divided.size,
                                   std::uint64_t{kind}, divided.first);
      }
      default: {
        constexpr std::array<Table, 3> owners{Table::function, Table::task, Table::outcome};
        const Table of = owners[kind / 4 % owners.size()];
        const std::uint64_t piece = divided.pieces;
        forged_piece_.run(driver, journal::mark_of(of), number, piece,
                          piece_checksum(of, driver, number, piece, divided.first), divided.first);
      }
    }
  }

 private:
  static Divided divided_in(InputReader& input) {
    const auto first = input.take(input.number<Small>());
    const std::uint64_t pieces = input.number<Small>() % 6;
    const bool huge = input.number<Small>() % 2 == 1;
    return {first, pieces, huge ? input.number<std::uint64_t>() : input.number<std::uint16_t>()};
  }

  void fill() {
    constexpr std::size_t piece_bytes = 100;
    journal::Changes writer(*connection_, piece_bytes);
    begin();
    for (std::uint32_t driver = 1; driver <= 2; ++driver) {
      journal::SessionId session{};
      session.fill(static_cast<std::byte>(driver));
      writer.apply(journal::DriverJoined{driver, session, driver == 1 ? "" : "job", driver == 2});
      for (std::uint32_t index = 0; index < 2; ++index) {
        writer.apply(journal::FunctionDefined{driver, index, payload(20 + 100 * index, 'f')});
      }
      for (std::uint64_t number = 0; number < 8; ++number) {
        const std::size_t bytes = number % 4 == 1 ? 250 : 9 * number;
        writer.apply(journal::TaskAccepted{driver, number, 0, number * 1'000, 3, payload(bytes, 'a')});
        if (number % 2 == 0) writer.apply(journal::TaskStarted{driver, number});
        if (number % 3 == 1) writer.apply(journal::TaskSettled{driver, number, 1, number, payload(bytes, 'r')});
      }
    }
    writer.save();
    connection_->run("COMMIT");
  }

  std::unique_ptr<Connection> connection_;
  std::vector<std::unique_ptr<Statement>> changes_;
  Statement forged_function_{*connection_, "INSERT OR REPLACE INTO function VALUES(?1, ?2, ?3, ?4, ?5, ?6)"};
  Statement forged_task_{*connection_, "INSERT OR REPLACE INTO task VALUES(?1, ?2, ?3, ?4, ?5, 1, 2, ?6, ?7)"};
  Statement forged_outcome_{*connection_, "INSERT OR REPLACE INTO outcome VALUES(?1, ?2, ?3, ?4, ?5, ?6, 2, ?7)"};
  Statement forged_piece_{*connection_, "INSERT OR REPLACE INTO piece VALUES(?1, ?2, ?3, ?4, ?5, ?6)"};
};

}  // namespace

void try_input(std::span<const std::byte> input) {
  static Original& original = *new Original;
  InputReader reader{input};
  const bool may_forge = reader.number<Small>() % 2 == 1;
  original.begin();
  for (int i = 0; i < edits_max && !reader.empty(); ++i) {
    if (may_forge && reader.number<Small>() % 2 == 1) {
      original.forge(reader);
    } else {
      original.change(reader);
    }
  }
  const std::size_t bytes = original.bytes();
  const testing::AllocationMeter meter;
  const Original::Told told = original.tell();
  require(meter.peak_bytes() <= allocation_bytes_max(bytes), "reading a journal took too much memory");
  original.end();
  if (may_forge) return;
  require(std::ranges::includes(original.facts, told.facts), "the journal tells what was never recorded");
  require(told.damaged || told.facts == original.facts, "damage to the journal was not noticed");
}

std::vector<Seed> seeds() {
  std::vector<Seed> all{{"unchanged", {std::byte{0}}}};
  for (unsigned change = 0; change < std::size(changes); ++change) {
    for (const unsigned number : {1U, 2U}) {
      for (const unsigned kind : {0U, 1U, 2U, 12U}) {
        Bytes input{std::byte{0}};
        for (const unsigned byte : {change, 1U, number, kind, 5U, 6U}) input.push_back(static_cast<std::byte>(byte));
        all.push_back({"change " + std::to_string(change), std::move(input)});
      }
    }
  }
  // A row whose bytes are continued in two pieces, and the pieces.
  for (const unsigned owner : {0U, 1U, 2U}) {
    Bytes input{std::byte{1}};
    for (const unsigned byte : {1U, owner, 1U, 12U, 2U, 2U, 0U, 7U, 7U, 6U, 0U}) {
      input.push_back(static_cast<std::byte>(byte));
    }
    for (const unsigned piece : {1U, 2U}) {
      for (const unsigned byte : {1U, 3U + 4U * owner, 1U, 12U, 2U, piece, 0U, 7U, 7U, 0U, 0U}) {
        input.push_back(static_cast<std::byte>(byte));
      }
    }
    all.push_back({"forged", std::move(input)});
  }
  return all;
}

}  // namespace blitzen::fuzz
