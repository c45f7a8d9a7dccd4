// What a part of the soak found: figures, each beside its goal.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace blitzen::soak {

enum class Verdict : std::uint8_t { met, missed, told, not_run };

struct Figure {
  std::string what;
  std::string figure;
  std::string goal;
  Verdict verdict = Verdict::told;
};

class Figures {
 public:
  void at_most(const std::string& what, double figure, double limit, const std::string& unit = {});
  void at_least(const std::string& what, double figure, double limit, const std::string& unit = {});
  /// Without a goal, so that a person sees how much there was to go wrong.
  void tell(const std::string& what, double figure, const std::string& unit = {});
  void miss(const std::string& what, const std::string& why);
  void not_run(const std::string& why);

  [[nodiscard]] const std::vector<Figure>& all() const { return all_; }
  [[nodiscard]] bool any(Verdict verdict) const;

  /// As lines, from one process to another.
  [[nodiscard]] std::string to_lines() const;
  void take_lines(const std::string& lines);

 private:
  std::vector<Figure> all_;
};

/// A number as people write it: no more decimals than it needs, thousands apart.
[[nodiscard]] std::string number_text(double number);

/// One row of the table at the end for each figure.
struct Row {
  std::string part;
  Figure figure;
};
void print_table(std::ostream& out, const std::vector<Row>& rows);

}  // namespace blitzen::soak
