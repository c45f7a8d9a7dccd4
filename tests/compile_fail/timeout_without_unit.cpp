#include <blitzen/multicore_dispatcher.hpp>

int twice(int number);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run({.timeout = 7, .name = "seven what?"}, twice, 1); }
