#include <algorithm>
#include <array>
#include <ostream>
#include <thread>

#include "apps/bench/number_text.hpp"
#include "apps/bench/report.hpp"
#include "apps/bench/statistics.hpp"

namespace blitzen::bench {
namespace {

enum Column : std::size_t {
  id,
  what,
  best,
  middle,
  floor_name,
  floor_best,
  floor_median,
  ratio_best,
  ratio_median,
  goal,
  verdict
};
constexpr std::size_t columns = 11;
using Line = std::array<std::string, columns>;

constexpr bool is_number(std::size_t column) {
  return column >= Column::best && column <= Column::ratio_median && column != Column::floor_name;
}

/// Characters, where std::string counts bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string cell(const Row& row, const std::vector<double>& samples, bool best_one) {
  return samples.empty() ? "" : number_text(best_one ? row.best(samples) : median(samples));
}

std::string verdict_text(const Row& row, const Goal& of) {
  const Verdict verdict = row.verdict(of);
  std::string text = to_string(verdict);
  if (verdict == Verdict::missed) text += " by " + number_text(100 * row.shortfall(of)) + " %";
  return text;
}

/// One line, and another for each goal after the first.
void add_lines(const Row& row, std::vector<Line>& lines) {
  const RowTitle& title = row.title();
  Line& first = lines.emplace_back();
  first[Column::id] = title.id;
  first[Column::what] = title.title + " [" + title.unit + ']';
  first[Column::best] = cell(row, row.figures(), true);
  first[Column::middle] = cell(row, row.figures(), false);
  if (!row.floors().empty()) {
    // Floors are better in the same direction as their rows.
    first[Column::floor_name] = title.floor;
    first[Column::floor_best] = cell(row, row.floors(), true);
    first[Column::floor_median] = cell(row, row.floors(), false);
    first[Column::ratio_best] = number_text(row.best_ratio());
    first[Column::ratio_median] = cell(row, row.ratios(), false);
  }
  for (std::size_t i = 0; i < title.goals.size(); ++i) {
    if (i > 0) lines.emplace_back();
    lines.back()[Column::goal] = row.text_of(title.goals[i]);
    lines.back()[Column::verdict] = verdict_text(row, title.goals[i]);
  }
}

void print_lines(std::ostream& out, const std::vector<Line>& lines) {
  std::array<std::size_t, columns> widths{};
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  }
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < columns; ++i) {
      if (widths[i] == 0) continue;
      const std::string space(widths[i] - width_of(line[i]), ' ');
      text += is_number(i) ? space + line[i] + "  " : line[i] + space + "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  }
}

}  // namespace

void print_table(std::ostream& out, const Report& report, const Settings& settings) {
  std::vector<Line> lines;
  lines.push_back({"", "", "best", "median", "floor", "best", "median", "ratio", "median", "goal", ""});
  for (const Row& row : report.floors()) add_lines(row, lines);
  lines.emplace_back();
  for (const Row& row : report.rows()) add_lines(row, lines);
  out << "blitzen-bench: " << std::thread::hardware_concurrency() << " cores, " << settings.workers << " workers, "
      << settings.reps << (settings.reps == 1 ? " repetition" : " repetitions")
      << (settings.quick ? ", quick: too few tasks to judge by" : "") << "\n\n";
  print_lines(out, lines);
  for (const auto& failure : report.failures()) out << "\nFAILED: " << failure << '\n';
}

}  // namespace blitzen::bench
