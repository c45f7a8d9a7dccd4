#include <blitzen/multicore_dispatcher.hpp>
#include <string>

int twice(int number);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(twice, std::string("2")); }
