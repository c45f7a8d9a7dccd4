#include <blitzen/multicore_dispatcher.hpp>

int length(const char* text);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(length, "text"); }
