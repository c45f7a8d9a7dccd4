// Images and their zygotes: how they start, what they say, and what becomes of tasks when they cannot live.
#include <algorithm>
#include <csignal>
#include <system_error>

#include "pool/pool_impl.hpp"

namespace blitzen::pool {
namespace {

/// How long an image that has failed start_failures_max times in a row is refused without another try.
constexpr Duration refusal_time = std::chrono::seconds{10};
/// Zygotes that may live at once: one for each of the images last used.
constexpr std::size_t zygotes_max = 16;

std::string why_it_cannot_start(const ImageSource& source, const std::system_error& error) {
  const std::string why = error.what();
  if (error.code() != std::errc::permission_denied) return why;
  return why + ", perhaps because the file system it lies on does not allow programs to run (noexec)" +
         (source.remedy.empty() ? "" : ": " + source.remedy);
}

/// What the loader of programs ends with when it cannot load one, and shells when there is none.
constexpr int not_loaded = 127;

std::string why_it_died(int wait_status, const std::string& last_lines, bool was_ready) {
  const std::string story = describe_status(wait_status) + (was_ready ? "" : " before it was ready");
  if (was_ready || !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) == not_loaded)
    return last_lines.empty() ? story : last_lines;
  return story + (last_lines.empty() ? "" : ", having said '" + last_lines + "'") +
         ": blitzen::init() must come first in its main(), before whatever may end it";
}

}  // namespace

void Pool::Impl::start_zygote(Image& image) {
  make_room_for_zygote();
  try {
    image.zygote = std::make_unique<ZygoteProcess>(image.source, options_.last_lines_bytes_max);
    watch(image.zygote->control(), Source::control, image.index);
    watch(image.zygote->death(), Source::zygote_death, image.index);
    watch(image.zygote->out().descriptor(), Source::zygote_out, image.index);
    watch(image.zygote->err().descriptor(), Source::zygote_err, image.index);
    image.ready = false;
    image.proven = false;
    image.given_up = false;
    image.forks_in_flight = 0;
    image.ready_by = now_ + zygote_answer_time_max;
  } catch (const std::system_error& error) {
    fail_image(image, "image '" + image.source.name +
                          "' cannot start on this machine: " + why_it_cannot_start(image.source, error));
  }
}

void Pool::Impl::make_room_for_zygote() {
  std::size_t alive = 0;
  Image* idlest = nullptr;
  for (const auto& image : images_) {
    if (!image->zygote) continue;
    ++alive;
    if (!image->backlog.empty() || worker_count(*image) > 0) continue;
    if (idlest == nullptr || image->served_last < idlest->served_last) idlest = image.get();
  }
  if (alive < zygotes_max || idlest == nullptr) return;
  idlest->keeps_warm = false;
  idlest->zygote.reset();
  if (const Worker* spare = find_spare(*idlest)) workers_[spare->slot].reset();
}

void Pool::Impl::hear_zygote(Image& image) {
  ControlMessage message;
  for (;;) {
    switch (image.zygote->receive(message)) {
      case Receipt::nothing:
        return;
      case Receipt::closed:
        // Its death follows, and is dealt with then.
        image.zygote->kill();
        image.zygote->hang_up();
        return;
      case Receipt::message:
        obey(image, message);
        if (!image.zygote) return;
    }
  }
}

void Pool::Impl::obey(Image& image, ControlMessage& message) {
  switch (message.kind) {
    case ControlKind::ready:
      image.ready = true;
      break;
    case ControlKind::failed:
      fail_image(image, "image '" + image.source.name + "' cannot start on this machine: " + message.text);
      break;
    case ControlKind::forked:
      image.forks_in_flight -= std::min<std::size_t>(image.forks_in_flight, 1);
      worker_forked(message.ticket, message.process);
      break;
    case ControlKind::fork_failed:
      image.forks_in_flight -= std::min<std::size_t>(image.forks_in_flight, 1);
      worker_not_forked(image, message.ticket, message.code);
      break;
    case ControlKind::died:
      if (Worker* worker = find_worker(image, message.process)) bury(*worker, message.code, message.bytes);
      break;
    default:
      break;
  }
}

void Pool::Impl::zygote_died(Image& image) {
  hear_zygote(image);
  if (!image.zygote) return;
  const auto status = image.zygote->reap();
  if (!status) return;
  image.zygote->out().finish(listener_);
  image.zygote->err().finish(listener_);
  const std::string last_lines = image.zygote->err().last_lines().text();
  const std::string story = describe_status(*status);
  const bool was_ready = image.ready;
  const bool was_proven = image.proven;
  const bool given_up = image.given_up;
  image.zygote.reset();
  image.ready = false;
  image.forks_in_flight = 0;

  lose_workers(image, given_up ? "the zygote of its image did not answer, so it was killed with its workers"
                               : "the zygote of its image died: " + story);
  if (was_proven || (was_ready && ++image.start_failures < start_failures_max)) return;
  fail_image(image, "image '" + image.source.name +
                        "' cannot start on this machine: " + why_it_died(*status, last_lines, was_ready));
}

/// They are killed with their zygote, by the kernel; their children may be left.
void Pool::Impl::lose_workers(Image& image, const std::string& note) {
  for (auto& worker : workers_) {
    if (!worker || worker->image != &image) continue;
    if (worker->state == Worker::State::starting) {
      worker.reset();
      continue;
    }
    ::kill(-worker->process, SIGKILL);
    signal_watched(worker->death, SIGKILL);
    if (worker->state == Worker::State::ready) worker->note = note;
    bury(*worker, SIGKILL, 0);
  }
}

/// Its death follows, and is dealt with then.
void Pool::Impl::give_up_zygote(Image& image) {
  image.given_up = true;
  image.ready_by = now_ + zygote_answer_time_max;
  image.zygote->kill();
}

void Pool::Impl::fail_image(Image& image, const std::string& sentence) {
  image.zygote.reset();
  image.ready = false;
  image.forks_in_flight = 0;
  image.keeps_warm = false;
  image.refusal = sentence;
  if (++image.start_failures >= start_failures_max) image.refused_until = now_ + refusal_time;
  if (!stopped_) listener_.image_failed(image.id, sentence);
  lose_workers(image, sentence);
  refuse_backlog(image, sentence);
}

std::size_t Pool::Impl::worker_count(const Image& image) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(in_slots(), [&](const auto& worker) { return worker && worker->image == &image; }));
}

}  // namespace blitzen::pool
