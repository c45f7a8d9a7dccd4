// What was measured, beside the machine's limits and the goals.
#pragma once

#include <iosfwd>
#include <list>
#include <string>
#include <vector>

#include "apps/bench/options.hpp"

namespace blitzen::bench {

enum class Better { higher, lower };

/// A bound for a figure, or for its ratio to the floor.
struct Goal {
  enum class Of { figure, ratio };
  Of of;
  double bound;
};

[[nodiscard]] inline Goal figure_goal(double bound) { return {Goal::Of::figure, bound}; }
[[nodiscard]] inline Goal ratio_goal(double bound) { return {Goal::Of::ratio, bound}; }

/// How far the repetitions came. A goal counts as met when the median meets it.
enum class Verdict { met, met_at_best, missed, not_measured };

[[nodiscard]] const char* to_string(Verdict verdict);

/// What a row says before anything is measured.
struct RowTitle {
  std::string id;     ///< "W1", "F4"
  std::string title;  ///< "cluster, TLS, 200,000 tasks"
  std::string unit;
  Better better = Better::lower;
  std::string floor = {};  ///< What `ratio` is relative to; empty: nothing.
  std::vector<Goal> goals = {};
};

/// A figure, measured once per repetition.
class Row {
 public:
  explicit Row(RowTitle title) : title_(std::move(title)) {}

  void add(double figure) { figures_.push_back(figure); }
  /// With the floor of the same repetition.
  void add(double figure, double floor);

  [[nodiscard]] const RowTitle& title() const { return title_; }
  [[nodiscard]] const std::vector<double>& figures() const { return figures_; }
  [[nodiscard]] const std::vector<double>& floors() const { return floors_; }
  [[nodiscard]] const std::vector<double>& ratios() const { return ratios_; }

  [[nodiscard]] double best(const std::vector<double>& samples) const;
  /// Of the best figure to the best floor: a floor that was disturbed must not make for a good ratio.
  [[nodiscard]] double best_ratio() const { return best(figures_) / best(floors_); }
  [[nodiscard]] Verdict verdict(const Goal& goal) const;
  /// By which share of the bound the median misses the goal; not positive if it does not.
  [[nodiscard]] double shortfall(const Goal& goal) const;
  /// "at least 700,000 tasks/s", "at most 1.3 × F1"
  [[nodiscard]] std::string text_of(const Goal& goal) const;

 private:
  [[nodiscard]] const std::vector<double>& samples_of(const Goal& goal) const;
  [[nodiscard]] bool meets(double value, const Goal& goal) const;

  RowTitle title_;
  std::vector<double> figures_;
  std::vector<double> floors_;
  std::vector<double> ratios_;
};

class Report {
 public:
  /// Rows stay where they are. Floors are kept in the order of their ids.
  Row& add_floor(RowTitle title);
  Row& add_row(RowTitle title) { return rows_.emplace_back(std::move(title)); }
  /// A workload that did not run or whose results were wrong.
  void add_failure(std::string sentence) { failures_.push_back(std::move(sentence)); }

  [[nodiscard]] const std::list<Row>& floors() const { return floors_; }
  [[nodiscard]] const std::list<Row>& rows() const { return rows_; }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }
  [[nodiscard]] bool all_goals_met() const;

 private:
  std::list<Row> floors_;
  std::list<Row> rows_;
  std::vector<std::string> failures_;
};

void print_table(std::ostream& out, const Report& report, const Settings& settings);
void print_json(std::ostream& out, const Report& report, const Settings& settings);

}  // namespace blitzen::bench
