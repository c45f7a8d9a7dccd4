#include <blitzen/multicore_dispatcher.hpp>
#include <string_view>

int length(std::string_view text);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(length, "text"); }
