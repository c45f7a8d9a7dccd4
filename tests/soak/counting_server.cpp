// A server that counts every frame header it decodes; there is no other way to a packet. KEY-FILE. SIGUSR1 prints the
// count, SIGTERM ends it.
#include <atomic>
#include <blitzen/blitzen.hpp>
#include <csignal>
#include <iostream>

#include "proto/frame.hpp"

namespace {

std::atomic<unsigned long> decoded = 0;

using Bytes = std::span<const std::byte, blitzen::proto::frame_header_bytes>;

}  // namespace

// The linker passes calls of decode_frame_header to the first (--wrap), and calls of the second to decode_frame_header.
blitzen::proto::FrameHeader count_and_decode(Bytes bytes) asm("__wrap_" DECODE_FRAME_HEADER);
blitzen::proto::FrameHeader really_decode(Bytes bytes) asm("__real_" DECODE_FRAME_HEADER);

blitzen::proto::FrameHeader count_and_decode(Bytes bytes) {
  ++decoded;
  return really_decode(bytes);
}

int main(int argc, char** argv) {
  blitzen::init(argc, argv);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGUSR1, SIGTERM}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  blitzen::Server server{{.address = "127.0.0.1", .port = 0, .key_file = argv[argc - 1]}};
  server.start();
  for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGUSR1;)
    std::cout << "decoded " << decoded << " frames" << std::endl;
  server.stop_now();
  server.wait();
}
