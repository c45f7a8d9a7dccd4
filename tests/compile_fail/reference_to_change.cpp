#include <blitzen/multicore_dispatcher.hpp>

void increment(int& counter);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(increment, 1); }
