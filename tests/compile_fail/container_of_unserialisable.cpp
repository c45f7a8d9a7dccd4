#include <blitzen/multicore_dispatcher.hpp>
#include <vector>

struct Point {
  double x = 0;
  double y = 0;
};
double longest(const std::vector<Point>& points);

void ask(blitzen::MulticoreDispatcher& cores) { (void)cores.run(longest, std::vector<Point>{}); }
