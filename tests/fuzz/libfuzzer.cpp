// A target under libFuzzer. Called as `TARGET --write-seeds DIRECTORY` it only writes the inputs to begin with.
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/seed_files.hpp"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc == 3 && std::string_view{(*argv)[1]} == "--write-seeds") {
    blitzen::fuzz::write_seeds((*argv)[2]);
    std::exit(EXIT_SUCCESS);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  blitzen::fuzz::try_input(std::as_bytes(std::span{data, size}));
  return 0;
}
