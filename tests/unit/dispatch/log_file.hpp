// What this program logs, for tests to read.
#pragma once

#include <blitzen/logging.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/temporary_directory.hpp"

/// Where the log goes as well, until the program ends.
class LogFile {
 public:
  LogFile() {
    blitzen::logging::enable();
    blitzen::logging::set_logfile(directory_.file("log"));
  }
  [[nodiscard]] std::string text() const {
    std::ifstream stream(directory_.file("log"));
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  blitzen::testing::TemporaryDirectory directory_;
};
