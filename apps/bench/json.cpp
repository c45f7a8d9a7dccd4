#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "apps/bench/report.hpp"
#include "apps/bench/statistics.hpp"
#include "blitzen/version.hpp"

namespace blitzen::bench {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Row& row, const std::vector<double>& samples) {
  return {{"best", row.best(samples)}, {"median", median(samples)}, {"samples", samples}};
}

Json json_of(const Row& row) {
  const RowTitle& title = row.title();
  Json json{{"id", title.id},
            {"title", title.title},
            {"unit", title.unit},
            {"better", title.better == Better::higher ? "higher" : "lower"}};
  if (!row.figures().empty()) json["figure"] = json_of(row, row.figures());
  if (!row.floors().empty()) {
    json["floor"] = json_of(row, row.floors());
    json["floor"]["name"] = title.floor;
    json["ratio"] = json_of(row, row.ratios());
    json["ratio"]["best"] = row.best_ratio();
  }
  for (const Goal& goal : title.goals) {
    json["goals"].push_back({{"text", row.text_of(goal)},
                             {"of", goal.of == Goal::Of::figure ? "figure" : "ratio"},
                             {"bound", goal.bound},
                             {"verdict", to_string(row.verdict(goal))}});
  }
  return json;
}

Json json_of(const std::list<Row>& rows) {
  Json json = Json::array();
  for (const Row& row : rows) json.push_back(json_of(row));
  return json;
}

}  // namespace

void print_json(std::ostream& out, const Report& report, const Settings& settings) {
  const Json json{{"version", std::string{blitzen::version}},
                  {"cores", std::thread::hardware_concurrency()},
                  {"workers", settings.workers},
                  {"reps", settings.reps},
                  {"quick", settings.quick},
                  {"floors", json_of(report.floors())},
                  {"workloads", json_of(report.rows())},
                  {"all_goals_met", report.all_goals_met()},
                  {"failures", report.failures()}};
  out << json.dump(2) << '\n';
}

}  // namespace blitzen::bench
