// Rows whose checksums match but that no server wrote: what they announce is not believed.
#include "journal/rows.hpp"
#include "tests/unit/journal/journal_rig.hpp"

using namespace blitzen;
using namespace blitzen::journal;
using namespace blitzen::testing;

namespace {

constexpr std::string_view first_bytes = "first bytes";

/// A journal with one outcome that says it has so many pieces and bytes.
struct ForgedRig : DiskRig {
  ForgedRig(std::uint64_t pieces, std::uint64_t size) {
    open()->write(std::vector<Record>{joined(1), accepted(1, 5)});
    const auto connection = open_journal(path, options);
    const TaskSettled outcome{.driver = 1, .number = 7, .outcome = 1, .ran_ns = 2};
    const Divided divided{.first = base::as_bytes(first_bytes), .pieces = pieces, .size = size};
    Statement(*connection, "INSERT INTO outcome VALUES(1, 7, ?1, ?2, ?3, 1, 2, ?4)")
        .run(row_checksum(outcome, divided), pieces, size, divided.first);
    const auto bytes = base::as_bytes(std::string_view{"a piece"});
    Statement(*connection, "INSERT INTO piece VALUES(1, ?1, 7, 1, ?2, ?3)")
        .run(mark_of(Table::outcome), piece_checksum(Table::outcome, 1, 7, 1, bytes), bytes);
  }

  void check_refused() {
    Collector collector;
    const auto recovered = open()->recover(collector);
    REQUIRE_FALSE(recovered.damage.empty());
    CHECK(recovered.damage.front() == "among the outcomes, number 7 is not as long as it should be");
    CHECK(collector.state.at(1).outcomes.empty());
    CHECK(collector.state.at(1).tasks.size() == 1);
  }
};

}  // namespace

TEST_CASE("no memory is taken for a payload that is larger than the journal") {
  ForgedRig(1, std::uint64_t{1} << 60U).check_refused();
}

TEST_CASE("a payload that is shorter than its first bytes is refused") {
  ForgedRig(1, first_bytes.size() - 1).check_refused();
}

TEST_CASE("a payload whose pieces are too long or too short is refused") {
  ForgedRig(1, first_bytes.size() + 3).check_refused();
  ForgedRig(1, first_bytes.size() + 30).check_refused();
}
