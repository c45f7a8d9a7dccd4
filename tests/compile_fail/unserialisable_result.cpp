#include <blitzen/multicore_dispatcher.hpp>
#include <fstream>

std::ifstream open_file(int number);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(open_file, 1); }
