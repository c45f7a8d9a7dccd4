#include <blitzen/blitzen.hpp>

int main(int argc, char** argv) { blitzen::init(argc, argv); }
