// Passes bytes between two sockets, both ways, as they come.
#pragma once

namespace blitzen::bench::floors {

/// Until either connection ends or fails. Makes both nonblocking and waits in epoll.
void relay(int left, int right);

}  // namespace blitzen::bench::floors
