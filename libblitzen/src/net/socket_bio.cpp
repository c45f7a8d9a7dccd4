#include "net/socket_bio.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <vector>

namespace blitzen::net {
namespace {

/// Room for what is gathered of large packets at once, and a record beyond.
constexpr int usual_bytes = 96 * 1024;
/// A larger buffer is given back when it is empty: a server has many connections, few of which send much.
constexpr int kept_bytes_max = 4 * 1024;

struct SocketState {
  int fd;
  bool gathers = false;
  std::vector<char> gathered{};
  std::size_t sent = 0;  ///< Of what is gathered.
};

SocketState& state_of(BIO* bio) { return *static_cast<SocketState*>(BIO_get_data(bio)); }

bool should_retry() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int write_socket(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  SocketState& state = state_of(bio);
  if (state.gathers || !state.gathered.empty()) {
    if (size > kept_bytes_max) state.gathered.reserve(usual_bytes);
    state.gathered.insert(state.gathered.end(), data, data + size);
    return size;
  }
  const auto sent = ::send(state.fd, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && should_retry()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_socket(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(state_of(bio).fd, data, static_cast<std::size_t>(size), 0);
  if (got < 0 && should_retry()) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long control_socket(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

int destroy_state(BIO* bio) {
  delete static_cast<SocketState*>(BIO_get_data(bio));
  BIO_set_data(bio, nullptr);
  return 1;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "blitzen socket");
  if (method == nullptr) return nullptr;
  BIO_meth_set_write(method, &write_socket);
  BIO_meth_set_read(method, &read_socket);
  BIO_meth_set_ctrl(method, &control_socket);
  BIO_meth_set_destroy(method, &destroy_state);
  return method;
}

}  // namespace

BIO* make_socket_bio(int fd) {
  static BIO_METHOD* const method = make_method();
  if (method == nullptr) return nullptr;
  BIO* bio = BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, new SocketState{.fd = fd});
  BIO_set_init(bio, 1);
  return bio;
}

void gather(BIO* bio, bool gathers) { state_of(bio).gathers = gathers; }

std::size_t gathered_bytes(BIO* bio) {
  const SocketState& state = state_of(bio);
  return state.gathered.size() - state.sent;
}

bool send_gathered(BIO* bio) {
  SocketState& state = state_of(bio);
  while (state.sent < state.gathered.size()) {
    const auto sent =
        ::send(state.fd, state.gathered.data() + state.sent, state.gathered.size() - state.sent, MSG_NOSIGNAL);
    if (sent < 0) return false;
    state.sent += static_cast<std::size_t>(sent);
  }
  state.gathered.clear();
  if (state.gathered.capacity() > kept_bytes_max) state.gathered = {};
  state.sent = 0;
  return true;
}

}  // namespace blitzen::net
