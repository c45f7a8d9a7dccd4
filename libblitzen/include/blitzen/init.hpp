/// \file
/// The first line of every program that runs tasks.
#pragma once

namespace blitzen {

/// Call this first in main, before anything with an effect.
///
/// Workers are processes of the same executable. In such a process init() serves tasks and never returns, so a worker
/// never gets past this line. In your own process it returns at once and only notes that it was called: a dispatcher
/// made without it throws Error{not_initialised} instead of starting copies of your program without end.
///
/// \code
/// int main(int argc, char** argv) {
///   blitzen::init(argc, argv);
///   ...
/// }
/// \endcode
///
/// A task cannot make a dispatcher of its own: that throws Error{not_initialised}.
///
/// Throws Error{invalid_option} when two different functions are registered under the same name with BLITZEN_TASK.
void init(int argc, char** argv);

}  // namespace blitzen
