#include <blitzen/blitzen.hpp>
#include <iostream>

int add(int a, int b) { return a + b; }

int main(int argc, char** argv) {
  blitzen::init(argc, argv);
  blitzen::MulticoreDispatcher cores{{.workers = 1}};
  const auto sum = cores.run(add, 2, 3);
  std::cout << "2 + 3 = " << cores.get_result(sum).value() << '\n';
}
