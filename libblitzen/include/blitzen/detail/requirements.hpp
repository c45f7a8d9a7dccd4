/// \file
/// How a program with Blitzen must be compiled. To be included first, so that this is the first error.
#pragma once

#if __cplusplus < 202002L
#error "Blitzen needs C++20: compile with -std=c++20"
#endif

#if !defined(CEREAL_THREAD_SAFE) || !CEREAL_THREAD_SAFE
#error "Blitzen's library was compiled with CEREAL_THREAD_SAFE=1: compile with -DCEREAL_THREAD_SAFE=1 too"
#endif
