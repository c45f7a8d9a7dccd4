#include "journal/salvage.hpp"

#include <fstream>
#include <iterator>

#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A journal in a real file, which tests damage.
struct SalvageRig {
  TemporaryDirectory directory;
  std::string path = directory.file("journal");
  State state;

  SalvageRig() {
    std::vector<Record> records{joined(1), joined(2), settled(2, 1)};
    for (const std::uint32_t driver : {1U, 2U}) records.emplace_back(defined(driver));
    for (std::uint64_t number = 0; number < 3'000; ++number) records.push_back(accepted(1, number));
    records.push_back(TaskStarted{1, 2'999});
    write(records);
  }

  void write(const std::vector<Record>& records) {
    Store(path).write(records);
    for (const Record& record : records) apply(state, record);
  }

  [[nodiscard]] static std::string text_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void zero_page(std::size_t page) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(page * 4096));
    file << std::string(4096, '\0');
  }

  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()));
  }
};

}  // namespace

TEST_CASE("a damaged journal that is salvaged has everything that was intact, in a later epoch") {
  const SalvageRig rig;
  rig.zero_page(30);
  const Salvaged salvaged = salvage(rig.path);
  CHECK(salvaged.recovered.tasks.intact > 2'900);
  CHECK(salvaged.recovered.tasks.intact < 3'000);
  CHECK(Store(rig.path).epoch() > 1);
  const State state = recovered_from(rig.path);
  CHECK(state.at(1).tasks.size() == salvaged.recovered.tasks.intact);
  CHECK(contains(rig.state, state));
  CHECK(state.at(1).tasks.at(2'999).started);
  CHECK(state.at(2).outcomes.size() == 1);
}

TEST_CASE("the damaged journal is kept as it was, and never replaces another") {
  const SalvageRig rig;
  std::ofstream(rig.path + ".damaged-1") << "an older one";
  rig.zero_page(30);
  const std::string before = rig.text_of(rig.path);
  const Salvaged salvaged = salvage(rig.path);
  CHECK(salvaged.copy == rig.path + ".damaged-2");
  CHECK(rig.text_of(salvaged.copy) == before);
  CHECK(rig.text_of(rig.path + ".damaged-1") == "an older one");
  CHECK(rig.files() == 3);
}

TEST_CASE("a journal without damage is the same after it was salvaged") {
  const SalvageRig rig;
  CHECK(salvage(rig.path).recovered.damage.empty());
  CHECK(recovered_from(rig.path) == rig.state);
}

TEST_CASE("what is only in the log is salvaged as well, and the log is kept with the copy") {
  const SalvageRig rig;
  {
    // As after kill -9: the log is there because nobody closed the store.
    Store store(rig.path);
    store.write(std::vector<Record>{accepted(2, 7)});
    fs::copy_file(rig.path, rig.path + ".killed");
    fs::copy_file(rig.path + "-wal", rig.path + ".killed-wal");
  }
  const Salvaged salvaged = salvage(rig.path + ".killed");
  CHECK(fs::exists(salvaged.copy + "-wal"));
  CHECK(recovered_from(rig.path + ".killed").at(2).tasks.contains(7));
}

TEST_CASE("of a journal whose log is damaged, the transactions before that are salvaged") {
  const SalvageRig rig;
  const std::string killed = rig.path + ".killed";
  {
    Store store(rig.path);
    for (std::uint64_t number = 7; number < 12; ++number) store.write(std::vector<Record>{accepted(2, number)});
    fs::copy_file(rig.path, killed);
    fs::copy_file(rig.path + "-wal", killed + "-wal");
  }
  const auto middle = static_cast<std::streamoff>(fs::file_size(killed + "-wal") / 2);
  std::fstream(killed + "-wal", std::ios::in | std::ios::out | std::ios::binary).seekp(middle) << "damage";
  CHECK_THAT(error_of([&] { Store{killed}; }).what(), Contains("-wal, only "));
  const Salvaged salvaged = salvage(killed);
  REQUIRE_FALSE(salvaged.recovered.damage.empty());
  CHECK_THAT(salvaged.recovered.damage.front(), Contains("-wal, only "));
  const State state = recovered_from(killed);
  CHECK(state.at(2).tasks.contains(7));
  CHECK_FALSE(state.at(2).tasks.contains(11));
}

TEST_CASE("tasks whose function is lost are lost with it, and no outcomes") {
  SalvageRig rig;
  rig.write({joined(3), accepted(3, 1), settled(3, 2)});
  const Salvaged salvaged = salvage(rig.path);
  CHECK_THAT(salvaged.recovered.damage,
             Catch::VectorContains(std::string{"among the tasks, number 1 is for a function that is not there"}));
  CHECK(salvaged.recovered.tasks.intact == 3'000);
  CHECK(salvaged.recovered.tasks.recorded == 3'001);
  rig.state.at(3).tasks.clear();
  CHECK(recovered_from(rig.path) == rig.state);
}

TEST_CASE("a journal whose epoch or counts are damaged can be salvaged") {
  const SalvageRig rig;
  rig.zero_page(GENERATE(1, 2));
  CHECK(salvage(rig.path).recovered.tasks.intact == 3'000);
  CHECK(recovered_from(rig.path) == rig.state);
  CHECK(Store(rig.path).epoch() > 1);
}

TEST_CASE("a journal whose first page is damaged can be salvaged, also when it was rewritten before") {
  const SalvageRig rig;
  if (GENERATE(false, true)) {
    Store(rig.path, {.shrink_bytes_min = 0}).write({});
    Store(rig.path).write(std::vector<Record>{joined(3), DriverForgotten{3}});
  }
  rig.zero_page(0);
  CHECK(salvage(rig.path).recovered.tasks.intact == 3'000);
  CHECK(recovered_from(rig.path) == rig.state);
}

TEST_CASE("a journal whose first page seems to be of a newer SQLite is damaged, and can be salvaged") {
  const SalvageRig rig;
  const std::streamoff version_offset = GENERATE(18, 19);
  CAPTURE(version_offset);
  {
    std::fstream file(rig.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(version_offset);
    file.put('\x12');
  }
  const journal::Error error = error_of([&] { const Store store(rig.path); });
  CHECK(error.kind() == ErrorKind::damaged);
  CHECK_THAT(error.what(), Contains("--journal-salvage"));
  CHECK(salvage(rig.path).recovered.tasks.intact == 3'000);
  CHECK(recovered_from(rig.path) == rig.state);
}

TEST_CASE("what cannot be salvaged stays as it was, without copies of it") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("file");
  std::ofstream(path) << std::string(10'000, 'x');
  CHECK(error_of([&] { (void)salvage(path); }).kind() == ErrorKind::not_a_journal);
  CHECK(fs::file_size(path) == 10'000);
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a journal that is not there cannot be salvaged") {
  const TemporaryDirectory directory;
  const journal::Error error = error_of([&] { (void)salvage(directory.file("journal")); });
  CHECK_THAT(error.what(), Contains("journal") && Contains("No such file"));
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("a journal that is in use is not salvaged") {
  const SalvageRig rig;
  const Store store(rig.path);
  CHECK(error_of([&] { (void)salvage(rig.path); }).kind() == ErrorKind::busy);
  CHECK(rig.files() == 2);
}

}  // namespace blitzen::testing
