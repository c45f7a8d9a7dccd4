// What comes in by descriptors: rings of the doorbell, messages and deaths of zygotes, and everything that is printed.
#include <sys/epoll.h>

#include <array>
#include <cerrno>

#include "pool/pool_impl.hpp"

namespace blitzen::pool {

void Pool::Impl::poll_descriptors(int timeout_ms) {
  std::array<epoll_event, 64> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  polled_at_ = now_;
  // A descriptor may have been closed, and its slot used anew, by what came before it: looking again does no harm.
  for (int i = 0; i < count; ++i) {
    const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
    handle_descriptor(static_cast<Source>(data >> 32U), static_cast<std::size_t>(data & 0xffff'ffffU));
  }
  if (count == static_cast<int>(events.size())) poll_due_ = true;
}

void Pool::Impl::handle_descriptor(Source source, std::size_t index) {
  Worker* worker = source >= Source::worker_out ? workers_[index].get() : nullptr;
  ZygoteProcess* zygote =
      source >= Source::control && source <= Source::zygote_err ? images_[index]->zygote.get() : nullptr;
  switch (source) {
    case Source::doorbell:
      doorbell_.clear_event();
      break;
    case Source::control:
      if (zygote != nullptr) hear_zygote(*images_[index]);
      break;
    case Source::zygote_death:
      if (zygote != nullptr) zygote_died(*images_[index]);
      break;
    case Source::zygote_out:
      if (zygote != nullptr) drain_pipe(zygote->out());
      break;
    case Source::zygote_err:
      if (zygote != nullptr) drain_pipe(zygote->err());
      break;
    case Source::worker_out:
      if (worker != nullptr) drain_pipe(worker->out);
      break;
    case Source::worker_err:
      if (worker != nullptr) drain_pipe(worker->err);
      break;
  }
}

void Pool::Impl::drain_worker(Worker& worker) {
  drain_pipe(worker.out);
  drain_pipe(worker.err);
}

void Pool::Impl::drain_pipe(OutputPipe& pipe) {
  // The end of a pipe stays readable for ever: nothing is to be waited for there any more.
  if (!pipe.drain(listener_, drain_bytes_max) && pipe.descriptor() >= 0) forget(pipe.descriptor());
}

}  // namespace blitzen::pool
