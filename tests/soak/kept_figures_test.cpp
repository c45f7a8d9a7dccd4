// Only what met its goals, with the same sources, scale and seed, need not be run again.
#include "tests/soak/kept_figures.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"

namespace blitzen::soak {
namespace {

const Part part{"some-part", "It does something.", std::chrono::minutes{1}, nullptr};

struct Kept {
  Kept() {
    options.directory = directory.path();
    options.sources = "1234";
  }
  testing::TemporaryDirectory directory;
  Options options;
};

Figures met() {
  Figures figures;
  figures.at_most("tasks lost", 0, 0);
  figures.tell("tasks", 20'000);
  return figures;
}

}  // namespace

TEST_CASE_METHOD(Kept, "figures that met their goals are kept as they were") {
  keep_figures(met(), part, options);
  const auto kept = kept_figures(part, options);
  REQUIRE(kept);
  CHECK(kept->to_lines() == met().to_lines());
}

TEST_CASE_METHOD(Kept, "they can be kept together elsewhere") {
  const testing::TemporaryDirectory elsewhere;
  options.figures = elsewhere.path() / "made when it is needed";
  keep_figures(met(), part, options);
  std::filesystem::remove_all(options.directory / part.name);
  CHECK(kept_figures(part, options));
}

TEST_CASE_METHOD(Kept, "a part that never ran has none") { CHECK_FALSE(kept_figures(part, options)); }

TEST_CASE_METHOD(Kept, "a part that missed a goal, or was not run, is to run again") {
  Figures figures = met();
  SECTION("missed") { figures.at_most("tasks doubled", 1, 0); }
  SECTION("not run") { figures.not_run("it needs root"); }
  keep_figures(figures, part, options);
  CHECK_FALSE(kept_figures(part, options));
}

TEST_CASE_METHOD(Kept, "figures of other sources, another scale or another seed do not count") {
  keep_figures(met(), part, options);
  SECTION("sources") { options.sources = "1235"; }
  SECTION("scale") { options.scale = 0.5; }
  SECTION("seed") { options.seed = 2; }
  CHECK_FALSE(kept_figures(part, options));
}

}  // namespace blitzen::soak
