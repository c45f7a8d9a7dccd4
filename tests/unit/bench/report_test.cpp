#include "apps/bench/report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace blitzen::bench;
using Catch::Matchers::Contains;

namespace {

RowTitle throughput() { return {"W1", "local", "tasks/s", Better::higher, "F4", {figure_goal(100), ratio_goal(0.5)}}; }

RowTitle latency() { return {"W2", "local", "µs", Better::lower, "F1", {ratio_goal(2)}}; }

}  // namespace

TEST_CASE("a goal is met when the median meets it") {
  Row row(throughput());
  CHECK(row.verdict(figure_goal(100)) == Verdict::not_measured);
  for (const double figure : {90., 100., 130.}) row.add(figure, 200);
  CHECK(row.verdict(figure_goal(100)) == Verdict::met);
  CHECK(row.verdict(figure_goal(101)) == Verdict::met_at_best);
  CHECK(row.verdict(figure_goal(131)) == Verdict::missed);
  CHECK(row.shortfall(figure_goal(125)) == Approx(0.2));
}

TEST_CASE("where lower is better, goals are upper bounds and the best is the least") {
  Row row(latency());
  for (const double figure : {3., 5., 4.}) row.add(figure, 2);
  CHECK(row.best(row.figures()) == Approx(3));
  CHECK(row.verdict(ratio_goal(2)) == Verdict::met);
  CHECK(row.verdict(ratio_goal(1.9)) == Verdict::met_at_best);
  CHECK(row.verdict(ratio_goal(1.4)) == Verdict::missed);
  CHECK(row.shortfall(ratio_goal(1)) == Approx(1));
}

TEST_CASE("each ratio is that of a figure and the floor of its own repetition") {
  Row row(throughput());
  row.add(10, 100);
  row.add(90, 300);
  CHECK(row.ratios() == std::vector<double>{0.1, 0.3});
}

TEST_CASE("the best ratio is that of the best figure and the best floor, so that a disturbed floor does not flatter") {
  Row row(throughput());
  row.add(90, 400);
  row.add(80, 100);
  CHECK(row.best_ratio() == Approx(90. / 400));
  CHECK(row.verdict(ratio_goal(0.6)) == Verdict::missed);
}

TEST_CASE("all goals are met only if every row was measured") {
  Report report;
  CHECK(report.all_goals_met());
  Row& row = report.add_row(throughput());
  CHECK_FALSE(report.all_goals_met());
  row.add(100, 200);
  CHECK(report.all_goals_met());
  row.add(10, 200);
  CHECK_FALSE(report.all_goals_met());
}

TEST_CASE("floors are listed in the order of their ids, whatever was measured first") {
  Report report;
  Row& fourth = report.add_floor({.id = "F4", .title = "", .unit = ""});
  report.add_floor({.id = "F1", .title = "", .unit = ""});
  report.add_floor({.id = "F4", .title = "", .unit = ""});
  fourth.add(7);
  std::string ids;
  for (const Row& row : report.floors()) ids += row.title().id;
  CHECK(ids == "F1F4F4");
  CHECK(std::next(report.floors().begin())->figures() == std::vector<double>{7});
}

TEST_CASE("the table says by how much a goal is missed, and what failed") {
  Report report;
  report.add_row(throughput()).add(80, 400);
  report.add_failure("W9, idle: task 3 has a wrong value");
  std::ostringstream table;
  print_table(table, report, {});
  CHECK_THAT(table.str(), Contains("at least 100 tasks/s  missed by 20 %"));
  CHECK_THAT(table.str(), Contains("at least 0.5 × F4     missed by 60 %"));
  CHECK_THAT(table.str(), Contains("FAILED: W9, idle: task 3 has a wrong value"));
}

TEST_CASE("the JSON has every sample") {
  Report report;
  Row& row = report.add_row(throughput());
  row.add(100, 400);
  row.add(120, 200);
  report.add_row(latency());
  std::ostringstream text;
  print_json(text, report, {.workers = 3});
  const auto json = nlohmann::json::parse(text.str());
  CHECK(json["workers"] == 3);
  CHECK(json["all_goals_met"] == false);
  const auto& measured = json["workloads"][0];
  CHECK(measured["id"] == "W1");
  CHECK(measured["figure"]["samples"] == nlohmann::json{100., 120.});
  CHECK(measured["figure"]["best"] == 120.);
  CHECK(measured["floor"]["name"] == "F4");
  CHECK(measured["ratio"]["samples"] == nlohmann::json{0.25, 0.6});
  CHECK(measured["goals"][0]["verdict"] == "met");
  CHECK_FALSE(json["workloads"][1].contains("figure"));
}
