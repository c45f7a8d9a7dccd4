#include <blitzen/multicore_dispatcher.hpp>
#include <string>

void ask(blitzen::MulticoreDispatcher& cores) {
  const std::string text = "text";
  (void)cores.run([text] { return text.size(); });
}
