#include "client/agent.hpp"

#include <unistd.h>

#include <chrono>
#include <limits>
#include <new>
#include <utility>

#include "blitzen/logging.hpp"
#include "call/obituary.hpp"
#include "proto/codec.hpp"
#include "proto/failure.hpp"

namespace blitzen::client {
namespace {

/// The image of the task libraries is this program itself: its blitzen::init opens them in a zygote.
constexpr pool::ImageId library_image{0};
constexpr pool::ImageId first_shipped_image{1};

/// Results the server has not taken yet. Above, they stay in the workers, which then start nothing new.
constexpr std::size_t unsent_bytes_max = 64 * 1024 * 1024;
/// What surrounds a result in its packet, generously.
constexpr std::size_t packet_overhead_bytes = 64 * 1024;

pool::TimePoint monotonic_now() { return std::chrono::steady_clock::now(); }

std::uint64_t nanoseconds(pool::Duration duration) { return static_cast<std::uint64_t>(duration.count()); }

std::string death_text(const proto::Obituary& obituary) {
  const std::string text = proto::how_it_died(obituary);
  return obituary.note.empty() ? text : text + " (" + obituary.note + ")";
}

/// How a task reads in the log.
std::string task_text(pool::Tag tag) {
  const proto::AttemptId id = attempt_of(tag);
  return "task " + std::to_string(id.number) + " of driver " + std::to_string(id.driver);
}

}  // namespace

Agent::Agent(asio::io_context& io, AgentOptions options, images::ImageCache cache, AgentObserver& observer)
    : options_(std::move(options)),
      observer_(observer),
      out_(STDOUT_FILENO, "stdout"),
      err_(STDERR_FILENO, "stderr"),
      images_(io, std::move(cache), options_.architecture, first_shipped_image,
              [this](const proto::ImageHash& hash, ShelvedImage& image) { image_news(hash, image); }),
      pool_(options_.pool, *this),
      pump_(io, pool_, [this] { turn(); }) {
  pool_.wake_by(pool::WakeBy::descriptor);
  if (!options_.libraries.empty()) {
    pool_.add_image(library_image, {"blitzen-client", "/proc/self/exe", options_.libraries});
    pool_.warm(library_image);
  }
  turn();
}

void Agent::send_status() {
  if (channel_ == nullptr) return;
  std::vector<pool::Executing> executing;
  pool_.list_executing(monotonic_now(), executing);
  if (executing.empty() && !draining_) return;
  proto::ClientStatus status;
  status.draining = draining_;
  for (const pool::Executing& task : executing) {
    status.executing.push_back({attempt_of(task.tag), nanoseconds(task.running_for)});
  }
  channel_->send(status);
}

void Agent::drain() {
  draining_ = true;
  send_status();
  return_unstarted(std::numeric_limits<std::size_t>::max());
  turn();
}

void Agent::end_workers(pool::Duration grace) {
  if (std::exchange(ended_, true)) return;
  pump_.stop();
  pool_.stop(grace);
  flush();
}

// Packets

void Agent::packet_arrived(net::Channel&, proto::PacketNumber number, base::SharedBytes body) {
  switch (number) {
    case proto::PacketNumber::assign_tasks:
      return assign(body);
    case proto::PacketNumber::define_functions:
      return define(body.bytes());
    case proto::PacketNumber::recall_tasks:
      return recall(body.bytes());
    case proto::PacketNumber::cancel_attempts:
      return cancel(body.bytes());
    case proto::PacketNumber::image:
      return receive_image(body);
    default:
      throw proto::DecodeError("a server does not send a client packet " + std::to_string(static_cast<int>(number)));
  }
}

void Agent::batch_ended(net::Channel&) { turn(); }

void Agent::queue_drained(net::Channel&) {
  if (congested_) {
    turn();
  } else {
    tell_if_drained();
  }
}

void Agent::channel_closed(net::Channel&, const net::CloseReason& reason) {
  channel_.reset();
  // What was to be abandoned is not this server's: the next one cannot know of it.
  if (std::exchange(abandoning_, false)) epoch_ = 0;
  if (!ended_) park_tasks();
  observer_.connection_lost(reason);
}

void Agent::define(std::span<const std::byte> body) {
  proto::DefineFunctions packet;
  proto::decode(body, packet);
  for (proto::Function& function : packet.functions) functions_.define(std::move(function));
}

void Agent::assign(const base::SharedBytes& body) {
  proto::for_each_item<proto::AssignTasks>(body.bytes(), [&](const proto::AssignedTask& task, auto) {
    KnownFunction* function = functions_.find(task.function);
    if (function == nullptr) {
      throw proto::DecodeError("a task refers to function " + std::to_string(task.function) +
                               ", which was not defined");
    }
    if (draining_) return give_back(tag_of(task.id));
    place({tag_of(task.id), function, std::chrono::nanoseconds(task.timeout_ns), body.slice(task.arguments)});
  });
}

void Agent::recall(std::span<const std::byte> body) {
  proto::RecallTasks packet;
  proto::decode(body, packet);
  return_unstarted(packet.count);
}

void Agent::cancel(std::span<const std::byte> body) {
  TagSet tags;
  proto::for_each_item<proto::CancelAttempts>(body, [&](const proto::AttemptId& id, auto) { tags.insert(tag_of(id)); });
  images_.drop(tags);
  for (const pool::Tag& tag : tags) {
    trials_.erase(tag);
    pool_.cancel(tag);
  }
}

void Agent::receive_image(const base::SharedBytes& body) {
  proto::Image packet;
  proto::decode(body.bytes(), packet);
  ShelvedImage* image = images_.receive(packet, body);
  if (image != nullptr && image->state != ImageState::arriving) image_not_had(*image);
}

/// By then the connection may be another one, or lost: tasks that wait belong to the one there is.
void Agent::image_news(const proto::ImageHash& hash, ShelvedImage& image) {
  if (ended_) return;
  if (image.state == ImageState::ready) {
    image_found(image);
  } else if (!image.problem.empty()) {
    image_not_had(image);
  } else if (!image.waiting.empty()) {
    channel_->send(proto::RequestImage{hash});
    image.state = ImageState::awaited;
  }
  turn();
}

void Agent::image_found(ShelvedImage& image) {
  for (HeldTask& task : std::exchange(image.waiting, {})) submit_to_image(image, std::move(task));
}

void Agent::image_not_had(ShelvedImage& image) {
  if (std::exchange(image.told_problem, image.problem) != image.problem)
    logging::get_logger().warning(
        (image.name.empty() ? std::string("an image is missing: ") : "cannot use the image '" + image.name + "': ") +
        image.problem);
  for (const HeldTask& task : std::exchange(image.waiting, {})) refuse(task.tag, image.problem);
}

// Where a task runs

/// A registered function runs in the task libraries if they have it; everything else in the driver's image.
void Agent::place(HeldTask task) {
  if (task.function->one_too_many) {
    return refuse(task.tag, "this client has run " + std::to_string(known_functions_max) +
                                " different functions since it started: restart it to make room for more");
  }
  const bool may_be_in_library = task.function->named && !options_.libraries.empty() &&
                                 (task.function->in_library != InLibrary::no || !options_.shipped_code);
  if (may_be_in_library) {
    run_in_library(std::move(task));
  } else {
    run_in_image(std::move(task));
  }
}

void Agent::run_in_library(HeldTask task) {
  KnownFunction& function = *task.function;
  if (!std::exchange(function.defined_for_library, true)) {
    pool_.define_function(library_image, function.number, function.definition);
  }
  const bool has_other_way = options_.shipped_code;
  if (has_other_way && function.in_library == InLibrary::unknown) trials_.emplace(task.tag, task);
  submit(library_image, std::move(task));
}

void Agent::run_in_image(HeldTask task) {
  if (!options_.shipped_code) {
    return refuse(task.tag, "this client runs task libraries only (--no-shipped-code)");
  }
  ShelvedImage& image = images_.find(task.function->image);
  switch (image.state) {
    case ImageState::ready:
      return submit_to_image(image, std::move(task));
    case ImageState::unusable:
      return refuse(task.tag, image.problem);
    case ImageState::absent:
    case ImageState::sought:
    case ImageState::awaited:
    case ImageState::arriving:
      image.waiting.push_back(std::move(task));
  }
}

void Agent::submit_to_image(ShelvedImage& image, HeldTask task) {
  if (!std::exchange(image.known_to_pool, true)) {
    pool_.add_image(image.id,
                    {.name = image.name,
                     .path = "/proc/self/fd/" + std::to_string(image.file.get()),
                     .libraries = {},
                     .remedy = "choose another place than the image cache " + images_.cache_directory().string() +
                               " with XDG_CACHE_HOME, on a file system that does"});
  }
  KnownFunction& function = *task.function;
  if (!std::exchange(function.defined_for_image, true)) {
    pool_.define_function(image.id, function.number, function.definition);
  }
  submit(image.id, std::move(task));
}

void Agent::submit(pool::ImageId image, HeldTask task) {
  pool_.submit({task.tag, image, task.function->number, task.timeout, std::move(task.arguments)});
}

/// The task got as far as running, so the task libraries have its function.
void Agent::settle_trial(pool::Tag tag) {
  if (trials_.empty()) return;
  if (auto trial = trials_.extract(tag)) trial.mapped().function->in_library = InLibrary::yes;
}

// What the pool says

void Agent::task_finished(pool::Tag tag, pool::FinishKind kind, pool::Duration ran, std::uint32_t slot,
                          std::span<const std::byte> content) {
  settle_trial(tag);
  const auto how = kind == pool::FinishKind::value ? proto::Finish::value : proto::Finish::error;
  finish({attempt_of(tag), how, nanoseconds(ran), slot, content});
}

void Agent::result_lost(pool::Tag tag, pool::Duration ran, std::uint32_t slot, std::uint64_t bytes) {
  settle_trial(tag);
  const auto content = encode(proto::no_memory_for_result(bytes, "the client on " + options_.host));
  finish({attempt_of(tag), proto::Finish::error, nanoseconds(ran), slot, content});
}

void Agent::task_timed_out(pool::Tag tag, pool::Duration timeout, pool::Duration ran, std::uint32_t slot) {
  settle_trial(tag);
  const auto content = encode(proto::timed_out(timeout));
  finish({attempt_of(tag), proto::Finish::timed_out, nanoseconds(ran), slot, content});
}

void Agent::image_failed(pool::ImageId image, std::string_view sentence) {
  if (image == library_image) {
    logging::get_logger().warning("no function of the task libraries can be run: " + std::string(sentence));
  } else {
    logging::get_logger().info(std::string(sentence));  // the driver that shipped it is told
  }
}

void Agent::task_refused(pool::Tag tag, std::string_view reason) {
  auto trial = trials_.extract(tag);
  if (!trial) return refuse(tag, reason);
  if (std::exchange(trial.mapped().function->in_library, InLibrary::no) != InLibrary::no) {
    logging::get_logger().info("running from its driver's image what the task libraries cannot run: " +
                               std::string(reason));
  }
  refused_by_library_.push_back(std::move(trial.mapped()));
}

void Agent::task_returned(pool::Tag tag) {
  trials_.erase(tag);
  give_back(tag);
}

void Agent::worker_died(pool::Tag tag, const pool::Obituary& obituary) {
  settle_trial(tag);
  ++totals_.worker_deaths;
  const proto::Obituary packet = call::to_wire(obituary, options_.host);
  logging::get_logger().warning("worker " + std::to_string(obituary.process) + ", executing " + task_text(tag) +
                                ", died " + death_text(packet) + ": replacing it");
  if (abandoning_) return;
  if (channel_ == nullptr) return left_.add(proto::WorkerDeath{attempt_of(tag), packet});
  channel_->send(proto::WorkerDeath{attempt_of(tag), packet});
}

void Agent::idle_worker_died(const pool::Obituary& obituary) {
  logging::get_logger().warning("idle worker " + std::to_string(obituary.process) + " died " +
                                death_text(call::to_wire(obituary, options_.host)) + ": replacing it");
}

void Agent::output_line(pool::OutputStream stream, std::string_view line) {
  (stream == pool::OutputStream::out ? out_ : err_).write_line(line);
}

// What the server is told

void Agent::finish(proto::FinishedTask task) {
  if (abandoning_) return;
  if (channel_ == nullptr) return left_.add(task);
  if (task.content.size() + packet_overhead_bytes > channel_->peer().packet_bytes_max) {
    task.finish = proto::Finish::error;
    task.content =
        encode(proto::failure_saying("the result (" + std::to_string(task.content.size()) +
                                     " bytes) is larger than the server accepts: return less, or write it to a file"));
  }
  ++(task.finish == proto::Finish::timed_out ? totals_.timed_out : totals_.finished);
  // A large result travels alone, so that it fits a packet whatever came before. It is sent from its only copy.
  if (finished_.bytes() + task.content.size() > proto::batch_bytes_target) send_batch(finished_);
  if (task.content.size() >= net::shared_payload_bytes_min) {
    try {
      const auto content = base::SharedBytes::copy_of(task.content);
      task.content = content.bytes();
      return channel_->send(proto::FinishTasks{{task}}, content);
    } catch (const std::bad_alloc&) {
      task.finish = proto::Finish::error;
      task.content = encode(proto::no_memory_for_result(task.content.size(), "the client on " + options_.host));
    }
  }
  finished_.add(task);
  if (finished_.full()) send_batch(finished_);
}

std::span<const std::byte> Agent::encode(const proto::Failure& failure) {
  failure_.clear();
  proto::encode(failure, failure_);
  return failure_;
}

void Agent::refuse(pool::Tag tag, std::string_view reason) {
  if (channel_ != nullptr) channel_->send(proto::RefuseTask{attempt_of(tag), std::string(reason)});
}

void Agent::give_back(pool::Tag tag) {
  if (channel_ == nullptr) return;
  returned_.add(attempt_of(tag));
  if (returned_.full()) send_batch(returned_);
}

template <class Packet>
void Agent::send_batch(proto::BatchWriter<Packet>& batch) {
  if (batch.empty()) return;
  if (channel_ != nullptr) channel_->send_body(Packet::number, batch.finish());
  batch.clear();
}

/// Written at once: what a turn brought is complete.
void Agent::flush() {
  if (channel_ != nullptr) channel_->hold();
  send_batch(finished_);
  send_batch(returned_);
  if (channel_ != nullptr) channel_->flush();
}

/// Everything the pool has to say and to do, and what follows from it. Once per turn of the event loop.
void Agent::turn() {
  if (ended_) return;
  congested_ = (channel_ != nullptr ? channel_->unsent_bytes() : left_.bytes()) > unsent_bytes_max;
  if (congested_) return;
  pool_.process(monotonic_now());
  if (channel_ == nullptr) refused_by_library_.clear();
  if (!refused_by_library_.empty()) {
    for (HeldTask& task : std::exchange(refused_by_library_, {})) {
      draining_ ? give_back(task.tag) : run_in_image(std::move(task));
    }
    pool_.process(monotonic_now());
  }
  if (finished_.empty() && pool_.catch_quick_answers()) pool_.process(monotonic_now());
  if (abandoning_) abandon_tasks();
  flush();
  pump_.wait();
  tell_if_drained();
}

/// Only once the last result has left: a goodbye gives up waiting for slow links much sooner than we want to.
void Agent::tell_if_drained() {
  if (!draining_ || drained_ || channel_ == nullptr) return;
  if (pool_.unsettled() > 0 || images_.has_waiting_tasks() || channel_->unsent_bytes() > 0) return;
  drained_ = true;
  observer_.drained();
}

void Agent::return_unstarted(std::size_t count) {
  const std::vector<HeldTask> waiting = images_.take_back(count);
  for (const HeldTask& task : waiting) give_back(task.tag);
  if (waiting.size() < count) pool_.retract(count - waiting.size());
}

}  // namespace blitzen::client
