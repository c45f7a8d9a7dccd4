// A journal that is damaged, made usable again with what is intact in it.
#pragma once

#include <string>

#include "journal/opening.hpp"
#include "journal/recovery.hpp"

namespace blitzen::journal {

struct Salvaged {
  Recovered recovered;  ///< What was intact is what the journal has now.
  std::string copy;     ///< Where the damaged file is kept, as it was.
};

/// Copies the file to `path`.damaged-N, which never replaces anything, and puts a new journal with everything intact in
/// its place, in a new epoch. A task whose mark of having started was lost is no longer marked.
/// Throws Error, and then the file is as it was.
[[nodiscard]] Salvaged salvage(const std::string& path, const StoreOptions& options = {});

}  // namespace blitzen::journal
