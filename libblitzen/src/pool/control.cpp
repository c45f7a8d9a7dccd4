#include "pool/control.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace blitzen::pool {
namespace {

/// The fixed part of a message; the text follows it.
struct Head {
  ControlKind kind{};
  std::uint32_t ticket = 0;
  std::int32_t process = 0;
  std::int32_t code = 0;
  std::uint64_t bytes = 0;
};

using DescriptorBuffer = std::array<std::byte, CMSG_SPACE(sizeof(int) * fork_descriptors)>;

void take_descriptors(msghdr& header, std::vector<base::UniqueFd>& out) {
  out.clear();
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof descriptor);
      out.emplace_back(descriptor);
    }
  }
}

}  // namespace

bool send_control(int socket, const ControlMessage& message, const std::vector<int>& descriptors, int flags) {
  Head head{message.kind, message.ticket, message.process, message.code, message.bytes};
  const std::size_t text_bytes = std::min(message.text.size(), control_text_bytes_max);
  std::array<iovec, 2> parts{{{&head, sizeof head}, {const_cast<char*>(message.text.data()), text_bytes}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  alignas(cmsghdr) DescriptorBuffer buffer{};
  if (!descriptors.empty()) {
    const std::size_t bytes = descriptors.size() * sizeof(int);
    header.msg_control = buffer.data();
    header.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(part), descriptors.data(), bytes);
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &header, flags | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

Receipt receive_control(int socket, ControlMessage& message, int flags) {
  Head head;
  message.text.clear();
  // On the stack and not cleared: only the pages that a text reaches are touched. A zygote shares its memory with the
  // worker that it forked last, so each page that it writes to is copied.
  std::array<char, control_text_bytes_max> text;
  std::array<iovec, 2> parts{{{&head, sizeof head}, {text.data(), text.size()}}};
  alignas(cmsghdr) DescriptorBuffer buffer{};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  header.msg_control = buffer.data();
  header.msg_controllen = buffer.size();
  ssize_t received = 0;
  do {
    received = ::recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return errno == EAGAIN ? Receipt::nothing : Receipt::closed;
  take_descriptors(header, message.descriptors);
  if (received < static_cast<ssize_t>(sizeof head)) return Receipt::closed;
  message.text.assign(text.data(), static_cast<std::size_t>(received) - sizeof head);
  message.kind = head.kind;
  message.ticket = head.ticket;
  message.process = head.process;
  message.code = head.code;
  message.bytes = head.bytes;
  return Receipt::message;
}

}  // namespace blitzen::pool
