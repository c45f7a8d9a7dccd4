#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "client_rig.hpp"

using namespace blitzen;
using client::ClientRig;
using client::encoded;

namespace {

/// Has a standard descriptor lead into a pipe while it lives.
class Redirected {
 public:
  explicit Redirected(int fd) : fd_(fd), original_(::fcntl(fd, F_DUPFD_CLOEXEC, 3)) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    read_end_.reset(ends[0]);
    REQUIRE(::dup2(ends[1], fd_) == fd_);
    ::close(ends[1]);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() { restore(); }

  /// Everything that was written; nothing more can be.
  std::string finish() {
    restore();
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; (count = ::read(read_end_.get(), buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  void restore() {
    if (!original_) return;
    ::dup2(original_.get(), fd_);
    original_.reset();
  }

  int fd_;
  base::UniqueFd original_;
  base::UniqueFd read_end_;
};

}  // namespace

TEST_CASE("what tasks print reaches the client's own stdout and stderr, line by line") {
  ClientRig rig;
  Redirected out(STDOUT_FILENO);
  Redirected err(STDERR_FILENO);
  rig.start_warm({"print", "complain"});
  rig.assign(1, 1, encoded(std::string("one\ntwo\n")));
  rig.assign(2, 2, encoded(std::string("careful\n")));
  rig.server.take_finished();
  rig.server.take_finished();
  rig.client->stop();
  rig.wait_for_end();
  rig.client.reset();
  CHECK(err.finish() == "careful\n");
  CHECK(out.finish() == "one\ntwo\n");
}
