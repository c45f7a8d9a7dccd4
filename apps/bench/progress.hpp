// One line on the terminal that says what is being done.
#pragma once

#include <string>

namespace blitzen::bench {

/// Writes to stderr if it is a terminal, else nothing.
class Progress {
 public:
  Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void show(const std::string& text) const;
  void clear() const;

 private:
  bool terminal_;
};

}  // namespace blitzen::bench
