#include "blitzen/detail/argument_buffer.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "base/shared_bytes.hpp"
#include "blitzen/error.hpp"
#include "proto/limits.hpp"

using namespace blitzen;
using detail::ArgumentBuffer;

TEST_CASE("what was written is there in order, however often the buffer had to grow") {
  ArgumentBuffer buffer;
  std::string all;
  for (const std::size_t bytes : {1U, 1'000U, 100U, 50'000U, 400'000U}) {
    const std::string part(bytes, static_cast<char>('a' + all.size() % 26));
    buffer.write(part.data(), part.size());
    all += part;
  }
  CHECK(base::as_text(buffer.bytes()) == all);
}

TEST_CASE("more than arguments may take is refused before it is copied, in one piece or in several") {
  ArgumentBuffer buffer;
  const bool begun = GENERATE(false, true);
  if (begun) buffer.write("begun", 5);
  const std::size_t too_many = proto::payload_bytes_max + 1 - buffer.size();
  // Nothing is read of it, or there would be a fault.
  CHECK_THROWS_WITH(buffer.write("x", too_many),
                    "the arguments of a task may take 1023.0 MiB, these take more; send less, or let the task read a "
                    "file");
  CHECK(base::as_text(buffer.bytes()) == (begun ? "begun" : ""));
}

TEST_CASE("arguments in small pieces are refused as soon as they are too many") {
  ArgumentBuffer buffer;
  const std::string large(16UL * 1024 * 1024, 'x');
  const std::string small(100, 'y');
  const auto left = [&] { return proto::payload_bytes_max - buffer.size(); };
  while (left() >= large.size()) buffer.write(large.data(), large.size());
  while (left() >= small.size()) buffer.write(small.data(), small.size());
  for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(buffer.write(small.data(), small.size()), Error);
  CHECK(left() < small.size());
  buffer.write(small.data(), left());
  CHECK(buffer.bytes().back() == std::byte{'y'});
}
