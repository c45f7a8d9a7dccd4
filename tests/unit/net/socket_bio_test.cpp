#include "net/socket_bio.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/unique_fd.hpp"
#include "sample_content.hpp"

namespace blitzen::net {
namespace {

struct BioDeleter {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

/// A BIO, and the other end of its socket.
class Rig {
 public:
  Rig() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    near_ = base::UniqueFd{ends[0]};
    far_ = base::UniqueFd{ends[1]};
    bio_.reset(make_socket_bio(near_.get()));
    REQUIRE(bio_);
  }

  [[nodiscard]] BIO* bio() const { return bio_.get(); }

  void write(const std::vector<std::byte>& bytes) const {
    REQUIRE(BIO_write(bio(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
  }

  /// Appends what is there to `bytes`.
  void read(std::vector<std::byte>& bytes) const {
    std::array<std::byte, 4096> part{};
    for (;;) {
      const auto got = ::recv(far_.get(), part.data(), part.size(), 0);
      if (got <= 0) return;
      bytes.insert(bytes.end(), part.begin(), part.begin() + got);
    }
  }

 private:
  base::UniqueFd near_;
  base::UniqueFd far_;
  std::unique_ptr<BIO, BioDeleter> bio_;
};

TEST_CASE("what is gathered leaves when it is sent") {
  const Rig rig;
  const auto first = noise(1000, 1);
  const auto second = noise(2000, 2);
  gather(rig.bio(), true);
  rig.write(first);
  rig.write(second);
  gather(rig.bio(), false);
  std::vector<std::byte> arrived;
  rig.read(arrived);
  CHECK(arrived.empty());
  CHECK(gathered_bytes(rig.bio()) == 3000);
  CHECK(send_gathered(rig.bio()));
  CHECK(gathered_bytes(rig.bio()) == 0);
  rig.read(arrived);
  REQUIRE(arrived.size() == 3000);
  CHECK(std::equal(first.begin(), first.end(), arrived.begin()));
  CHECK(std::equal(second.begin(), second.end(), arrived.begin() + 1000));
}

TEST_CASE("nothing overtakes what was gathered and does not fit into the socket yet") {
  const Rig rig;
  const auto large = noise(4'000'000, 1);
  const auto late = noise(100, 2);
  gather(rig.bio(), true);
  rig.write(large);
  gather(rig.bio(), false);
  REQUIRE_FALSE(send_gathered(rig.bio()));
  CHECK(errno == EAGAIN);
  rig.write(late);
  std::vector<std::byte> arrived;
  while (!send_gathered(rig.bio())) rig.read(arrived);
  rig.read(arrived);
  REQUIRE(arrived.size() == large.size() + late.size());
  CHECK(std::equal(large.begin(), large.end(), arrived.begin()));
  CHECK(std::equal(late.begin(), late.end(), arrived.end() - 100));
}

}  // namespace
}  // namespace blitzen::net
