#include <blitzen/multicore_dispatcher.hpp>

struct Sensor {
  int read() const;
};

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(&Sensor::read); }
