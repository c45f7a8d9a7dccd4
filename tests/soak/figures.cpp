#include "tests/soak/figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace blitzen::soak {
namespace {

std::string with_unit(double number, const std::string& unit) {
  return number_text(number) + (unit.empty() ? "" : " " + unit);
}

std::string word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::met:
      return "met";
    case Verdict::missed:
      return "MISSED";
    case Verdict::not_run:
      return "NOT RUN";
    case Verdict::told:
      break;
  }
  return "";
}

/// What separates fields and lines must not stand in one.
std::string in_one_field(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

}  // namespace

std::string number_text(double number) {
  std::array<char, 64> digits{};
  const bool whole = std::floor(number) == number;
  const int length = std::snprintf(digits.data(), digits.size(), whole ? "%.0f" : "%.2f", number);
  std::string text(digits.data(), static_cast<std::size_t>(length));
  constexpr std::size_t group = 3;
  const std::size_t sign = number < 0 ? 1 : 0;
  for (std::size_t at = std::min(text.find('.'), text.size()); at > group + sign; at -= group)
    text.insert(at - group, 1, ',');
  return text;
}

void Figures::at_most(const std::string& what, double figure, double limit, const std::string& unit) {
  all_.push_back({what, with_unit(figure, unit), (limit == 0 ? "" : "at most ") + with_unit(limit, unit),
                  figure <= limit ? Verdict::met : Verdict::missed});
}

void Figures::at_least(const std::string& what, double figure, double limit, const std::string& unit) {
  all_.push_back({what, with_unit(figure, unit), "at least " + with_unit(limit, unit),
                  figure >= limit ? Verdict::met : Verdict::missed});
}

void Figures::tell(const std::string& what, double figure, const std::string& unit) {
  all_.push_back({what, with_unit(figure, unit), "", Verdict::told});
}

void Figures::miss(const std::string& what, const std::string& why) {
  all_.push_back({in_one_field(what), in_one_field(why), "", Verdict::missed});
}

void Figures::not_run(const std::string& why) { all_.push_back({in_one_field(why), "", "", Verdict::not_run}); }

bool Figures::any(Verdict verdict) const {
  return std::any_of(all_.begin(), all_.end(), [&](const Figure& figure) { return figure.verdict == verdict; });
}

std::string Figures::to_lines() const {
  std::string lines;
  for (const Figure& figure : all_) {
    lines += std::to_string(static_cast<int>(figure.verdict)) + '\t' + figure.what + '\t' + figure.figure + '\t' +
             figure.goal + '\n';
  }
  return lines;
}

void Figures::take_lines(const std::string& lines) {
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string verdict;
    Figure figure;
    std::getline(fields, verdict, '\t');
    std::getline(fields, figure.what, '\t');
    std::getline(fields, figure.figure, '\t');
    std::getline(fields, figure.goal, '\t');
    figure.verdict = static_cast<Verdict>(std::stoi(verdict));
    all_.push_back(figure);
  }
}

void print_table(std::ostream& out, const std::vector<Row>& rows) {
  std::array<std::size_t, 4> widths{4, 4, 6, 4};
  for (const Row& row : rows) {
    const std::array<const std::string*, 4> cells{&row.part, &row.figure.what, &row.figure.figure, &row.figure.goal};
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i]->size());
  }
  const auto print = [&](const std::array<std::string, 5>& cells) {
    std::ostringstream line;
    for (std::size_t i = 0; i < widths.size(); ++i)
      line << std::left << std::setw(static_cast<int>(widths[i])) << cells[i] << "  ";
    std::string text = line.str() + cells.back();
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  print({"part", "what", "figure", "goal", ""});
  std::string last;
  for (const Row& row : rows) {
    print({row.part == last ? "" : row.part, row.figure.what, row.figure.figure, row.figure.goal,
           word_for(row.figure.verdict)});
    last = row.part;
  }
}

}  // namespace blitzen::soak
