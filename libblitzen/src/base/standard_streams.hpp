// Standard input, output and error of a program that was started without some of them.
#pragma once

namespace blitzen::base {

/// Opens /dev/null for those that are closed: else the next descriptor that is made takes the place, and what is
/// printed goes into a socket or into memory that others read.
void open_standard_streams() noexcept;

}  // namespace blitzen::base
