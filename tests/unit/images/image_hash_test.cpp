#include "images/image_hash.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/shared_bytes.hpp"
#include "base/unique_fd.hpp"
#include "blitzen/error.hpp"

using namespace blitzen;

TEST_CASE("the hash of an image is the SHA-256 of its bytes") {
  CHECK(images::to_hex(images::hash_bytes(base::as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(images::to_hex(images::hash_bytes({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a file hashes to the same as its bytes, wherever its offset is") {
  const std::string content(200'001, 'x');
  const base::UniqueFd fd(::memfd_create("image", MFD_CLOEXEC));
  REQUIRE(::write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  CHECK(images::hash_file(fd.get()) == images::hash_bytes(base::as_bytes(content)));
}

TEST_CASE("a file that cannot be read is an error") { CHECK_THROWS_AS(images::hash_file(-1), Error); }

TEST_CASE("hashing ends when it is asked to") {
  std::stop_source stop;
  stop.request_stop();
  const std::string content = "an image";
  CHECK_THROWS_AS(images::hash_bytes(base::as_bytes(content), stop.get_token()), images::Interrupted);
  const base::UniqueFd fd(::memfd_create("image", MFD_CLOEXEC));
  CHECK_THROWS_AS(images::hash_file(fd.get(), stop.get_token()), images::Interrupted);
}
