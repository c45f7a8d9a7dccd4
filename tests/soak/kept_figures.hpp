// The figures of a part are kept beside its logs, or together elsewhere, so that a soak of hours can be broken off and
// resumed, also on another machine.
#pragma once

#include <optional>

#include "tests/soak/figures.hpp"
#include "tests/soak/options.hpp"
#include "tests/soak/part.hpp"

namespace blitzen::soak {

/// Throws std::runtime_error if they cannot be written.
void keep_figures(const Figures& figures, const Part& part, const Options& options);

/// If the part ran with the same sources, scale and seed, and every goal was met.
[[nodiscard]] std::optional<Figures> kept_figures(const Part& part, const Options& options);

}  // namespace blitzen::soak
