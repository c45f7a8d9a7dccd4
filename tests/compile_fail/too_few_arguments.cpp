#include <blitzen/multicore_dispatcher.hpp>

int add(int a, int b);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(add, 1); }
