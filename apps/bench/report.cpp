#include "apps/bench/report.hpp"

#include <algorithm>

#include "apps/bench/number_text.hpp"
#include "apps/bench/statistics.hpp"

namespace blitzen::bench {

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::met:
      return "met";
    case Verdict::met_at_best:
      return "met at best";
    case Verdict::missed:
      return "missed";
    case Verdict::not_measured:
      return "not measured";
  }
  return "?";
}

void Row::add(double figure, double floor) {
  figures_.push_back(figure);
  floors_.push_back(floor);
  ratios_.push_back(figure / floor);
}

Row& Report::add_floor(RowTitle title) {
  const auto place = std::upper_bound(floors_.begin(), floors_.end(), title.id,
                                      [](const std::string& id, const Row& row) { return id < row.title().id; });
  return *floors_.insert(place, Row{std::move(title)});
}

double Row::best(const std::vector<double>& samples) const {
  return title_.better == Better::higher ? *std::max_element(samples.begin(), samples.end())
                                         : *std::min_element(samples.begin(), samples.end());
}

const std::vector<double>& Row::samples_of(const Goal& goal) const {
  return goal.of == Goal::Of::figure ? figures_ : ratios_;
}

bool Row::meets(double value, const Goal& goal) const {
  return title_.better == Better::higher ? value >= goal.bound : value <= goal.bound;
}

Verdict Row::verdict(const Goal& goal) const {
  const auto& samples = samples_of(goal);
  if (samples.empty()) return Verdict::not_measured;
  if (meets(median(samples), goal)) return Verdict::met;
  const double at_best = goal.of == Goal::Of::figure ? best(figures_) : best_ratio();
  return meets(at_best, goal) ? Verdict::met_at_best : Verdict::missed;
}

double Row::shortfall(const Goal& goal) const {
  const double relative = median(samples_of(goal)) / goal.bound;
  return title_.better == Better::higher ? 1 - relative : relative - 1;
}

std::string Row::text_of(const Goal& goal) const {
  const std::string bound = title_.better == Better::higher ? "at least " : "at most ";
  return bound + (goal.of == Goal::Of::figure ? number_text(goal.bound) + ' ' + title_.unit
                                              : number_text(goal.bound) + " × " + title_.floor);
}

bool Report::all_goals_met() const {
  return std::all_of(rows_.begin(), rows_.end(), [](const Row& row) {
    const auto& goals = row.title().goals;
    return std::all_of(goals.begin(), goals.end(), [&](const Goal& goal) { return row.verdict(goal) == Verdict::met; });
  });
}

}  // namespace blitzen::bench
