// What tells the descendants of a zygote from all other processes, also when it is dead and they have sessions of
// their own: a word in their environment.
#pragma once

#include <cstddef>
#include <string>

namespace blitzen::pool {

/// Set in a zygote, and by inheritance in everything that its tasks start. If pools are nested, the words of the outer
/// ones come first, with blanks between them.
inline constexpr const char* family_variable = "BLITZEN_FAMILY";

/// A word that no other zygote has. It names the calling process as the one that the family belongs to.
[[nodiscard]] std::string new_family();

/// The environment variable for a zygote of this family.
[[nodiscard]] std::string family_setting(const std::string& family);

/// Kills whoever belongs to the family, except the calling process, and waits until they are gone; not for long,
/// because the kernel may hold them.
void end_family(const std::string& family);

/// The same for all families whose owner does not exist any more. Returns how many processes that were.
std::size_t end_abandoned_families();

}  // namespace blitzen::pool
