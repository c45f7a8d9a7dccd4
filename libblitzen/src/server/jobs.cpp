// What outlives its driver under a name.
#include <algorithm>
#include <utility>

#include "base/counted.hpp"
#include "base/size_text.hpp"
#include "blitzen/logging.hpp"
#include "proto/limits.hpp"
#include "server/broker.hpp"

namespace blitzen::server {
namespace {

/// In one line of the log.
constexpr std::size_t jobs_told_max = 20;

bool is_job_name(const std::string& name) {
  return name.size() <= proto::job_name_bytes_max &&
         std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

}  // namespace

/// Whoever names a job that is there and is not refused, takes it over.
std::optional<Broker::Refusal> Broker::refusal_of_job(const proto::Hello& driver) const {
  using proto::GoodbyeReason;
  if (driver.job.empty()) {
    if (!driver.attach) return std::nullopt;
    return Refusal{GoodbyeReason::protocol_error, "a driver that attaches must name a job"};
  }
  if (driver.session == proto::SessionId{})
    return Refusal{GoodbyeReason::protocol_error, "a driver with a job must have a session"};
  if (!is_job_name(driver.job)) {
    return Refusal{GoodbyeReason::protocol_error, "a job's name may have at most " +
                                                      std::to_string(proto::job_name_bytes_max) +
                                                      " bytes, and no control characters"};
  }
  const bool is_there = jobs_.contains(driver.job);
  if (is_there == driver.attach) return std::nullopt;
  if (is_there) {
    return Refusal{GoodbyeReason::job_exists, "the server has a job '" + driver.job +
                                                  "' already; attach to it (DistributedDispatcher::attach), be it to "
                                                  "clear() what is left of it, or choose another name"};
  }
  return Refusal{GoodbyeReason::job_unknown, "the server has no job '" + driver.job +
                                                 "' to attach to: it is over, was dropped, or has another name"};
}

void Broker::take_over(DriverSession& job, std::shared_ptr<net::Channel> channel) {
  sessions_.erase(job.session());
  sessions_.emplace(channel->peer().session, job.id());
  resume(job, std::move(channel));
}

/// "5 unsettled tasks and 3 outcomes"
std::string Broker::unfinished_business(const DriverSession& job) const {
  const std::uint64_t unsettled = scheduler_.unsettled(job.id());
  return base::counted(unsettled, "unsettled task") + " and " +
         base::counted(job.tasks().size() - unsettled, "outcome");
}

/// "'a' with 5 unsettled tasks and 3 outcomes, 'b' with ..."; empty if nobody left anything to attach to.
std::string Broker::unfinished_jobs() const {
  std::string text;
  std::size_t told = 0;
  for (const auto& [name, id] : jobs_) {
    const DriverSession& job = *drivers_.find(id);
    if (job.tasks().size() == 0) continue;
    if (told++ == jobs_told_max) return text + ", and more";
    text += (text.empty() ? "'" : ", '") + name + "' with " + unfinished_business(job);
  }
  return text;
}

void Broker::tell_of_jobs_at_the_end() const {
  const std::string jobs = unfinished_jobs();
  if (jobs.empty()) return;
  if (journal_)
    logging::get_logger().info("the journal keeps for the next server: " + jobs);
  else
    logging::get_logger().warning("lost with this server, which keeps no journal (--journal): " + jobs);
}

void Broker::forget_tasks(DriverSession& driver, const proto::ForgetTasks& packet) {
  for (const std::uint64_t number : packet.numbers) {
    if (driver.tasks().is_new(number) || driver.tasks().find(number) != nullptr) cancel(driver, number);
    driver.forget(number);
  }
  if (driver.accepts_when_safe())
    journal_->forgotten(driver, packet);
  else
    driver.forgotten(packet.sequence);
  accept(driver);
  note_congestion(driver);
}

void Broker::tell_of_full_job(DriverSession& job, std::uint64_t bytes_max) {
  const std::string sentence = "the outcomes of the job '" + job.job() + "' take " +
                               base::size_text(job.outcome_bytes()) + ", more than " + base::size_text(bytes_max) +
                               " (--job-bytes" + (bytes_max < options_.job_bytes ? ", --memory-limit" : "") +
                               "): no further task of it is started until its driver clears some";
  logging::get_logger().warning(sentence);
  if (job.channel() != nullptr) job.channel()->send(proto::Notice{sentence});
}

void Broker::offer_image(DriverSession& driver, const proto::OfferImage& packet) {
  images_.offer(*driver.channel(), packet);
  driver.offered_image(packet.hash);
  if (!driver.has_job()) return;
  driver.await_image();
  image_news_ = true;
}

/// Nobody else can know why nothing happens.
void Broker::tell_of_missing_image(DriverSession& job, const proto::ImageHash& image) const {
  if (!job.has_other_image(image) || images_.can_be_had(image) || std::exchange(job.told_of_missing_image, true))
    return;
  const std::string sentence = "tasks of the job '" + job.job() + "' wait for the program with the SHA-256 " +
                               images::to_hex(image) +
                               ", which nobody has any more: attach to the job with that program, or clear them";
  logging::get_logger().warning(sentence);
  job.channel()->send(proto::Notice{sentence});
}

/// A driver with a job may leave for good once its image is here.
void Broker::note_images() {
  drivers_.for_each([&](DriverSession& driver) {
    if (driver.awaits_image() && !images_.awaits(*driver.channel())) driver.image_settled();
  });
}

}  // namespace blitzen::server
