#include <blitzen/multicore_dispatcher.hpp>

struct Point {
  double x = 0;
  double y = 0;
};
double norm(const Point& point);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(norm, Point{}); }
