// Whether blitzen::init() was called.
#pragma once

namespace blitzen::call {

/// Throws Error{not_initialised} if not: without it every worker would run main again. `what` begins the sentence.
void require_init(const char* what);

}  // namespace blitzen::call
