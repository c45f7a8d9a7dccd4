// Numbers as people like to read them.
#pragma once

#include <string>

namespace blitzen::bench {

/// Three significant digits, or all digits before the point: "0.317", "12.5", "1,523,000".
[[nodiscard]] std::string number_text(double number);

}  // namespace blitzen::bench
