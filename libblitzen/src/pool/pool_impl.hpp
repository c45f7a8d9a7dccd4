// The pool's state. Its behaviour is in pool_*.cpp, a file for each subject.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fork_witness.hpp"
#include "pool/backlog.hpp"
#include "pool/brief_spin.hpp"
#include "pool/doorbell.hpp"
#include "pool/hand_over.hpp"
#include "pool/output_pipe.hpp"
#include "pool/pool.hpp"
#include "pool/queued_task.hpp"
#include "pool/slot_plan.hpp"
#include "pool/worker_link.hpp"
#include "pool/zygote_process.hpp"

namespace blitzen::pool {

/// Functions of one image. Bounds a table that is indexed by numbers from outside.
inline constexpr std::uint32_t functions_max = 65'536;
/// After so many starts in a row that came to nothing, an image is not tried again for a while.
inline constexpr unsigned start_failures_max = 3;
/// From exec to readiness, and for a fork: static initialisers and task libraries may take their time, not for ever.
inline constexpr Duration zygote_answer_time_max = std::chrono::seconds{30};
/// From a task's hand-over to an idle worker until that takes it, if it still can.
inline constexpr Duration claim_time_max = std::chrono::seconds{10};
/// From a worker's end to the word of its zygote. Long, because a zygote that is given up takes all its workers along.
inline constexpr Duration obituary_time_max = std::chrono::seconds{5};
/// Descriptors on their way to a zygote count against the host's limit.
inline constexpr std::size_t forks_in_flight_max = 16;

/// For obituaries.
inline constexpr std::string_view wrote_nonsense =
    "its task wrote into memory that is not its own, so the worker was ended";

class Pool::Impl {
 public:
  Impl(PoolOptions options, PoolListener& listener);
  ~Impl();

  // pool_tasks.cpp
  void add_image(ImageId id, ImageSource source);
  void warm(ImageId id) { image(id).keeps_warm = true; }
  void define_function(ImageId id, std::uint32_t function, std::span<const std::byte> definition);
  void submit(WorkItem item);
  void retract(std::size_t count);
  void cancel(Tag tag);
  [[nodiscard]] std::size_t unsettled() const { return unsettled_; }
  [[nodiscard]] std::uint32_t slots() const { return options_.slots; }
  void list_executing(TimePoint now, std::vector<Executing>& out) const;

  // pool.cpp
  void process(TimePoint now, Look look);
  [[nodiscard]] bool wants_task() const { return wants_task_; }
  [[nodiscard]] bool catch_quick_answers();
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  [[nodiscard]] int descriptor() const { return epoll_.get(); }
  void wake_by(WakeBy how) { wake_by_ = how; }
  void wait_for_news(std::optional<TimePoint> deadline);
  void interrupt();

  // pool_stop.cpp
  void stop(Duration grace);

  /// In a process that the host forked, workers and shared memory are still those of its parent: hands off.
  [[nodiscard]] bool is_foreign() const { return witness_.in_child(); }

 private:
  struct Function {
    std::optional<std::vector<std::byte>> definition;
    MeanDuration mean;
  };

  struct Image {
    ImageId id{};
    ImageSource source;
    std::size_t index = 0;
    std::vector<Function> functions;
    Backlog backlog;
    bool keeps_warm = false;
    TimePoint served_last{};

    std::unique_ptr<ZygoteProcess> zygote;
    bool ready = false;           ///< The zygote can fork.
    bool proven = false;          ///< A worker of this zygote has answered.
    TimePoint ready_by{};         ///< Until then the zygote must be ready.
    unsigned start_failures = 0;  ///< Since it last worked.
    TimePoint refused_until{};
    std::string refusal;         ///< Why; valid while refused.
    unsigned fork_failures = 0;  ///< Since a fork last succeeded.
    TimePoint fork_again_at{};
    std::size_t forks_in_flight = 0;
    bool keeps_spare = false;     ///< A task of it has ended with its worker: others may, too.
    unsigned spare_failures = 0;  ///< Spares that could not be started or died, since one was used.
    TimePoint spare_again_at{};
    bool given_up = false;  ///< The zygote did not answer and is being killed.
  };

  struct Worker {
    enum class State { starting, ready, ending };
    Worker(Image& of, std::uint32_t slot_number, const PoolOptions& options)
        : image(&of),
          slot(slot_number),
          link(slot_number, options.result_bytes_max),
          out(OutputStream::out, 0),
          err(OutputStream::err, options.last_lines_bytes_max) {}

    Image* image;
    std::uint32_t slot;  ///< Or, of a spare, its place behind the slots.
    std::uint32_t ticket = 0;
    State state = State::starting;
    WorkerLink link;
    OutputPipe out;
    OutputPipe err;
    pid_t process = 0;
    base::UniqueFd death;  ///< Readable when the process has ended. May be missing.
    TimePoint started_at{};
    TimePoint held_since{};
    TimePoint last_used{};
    bool vacating = false;                        ///< To be ended as soon as it is idle.
    bool answered = false;                        ///< Ever.
    bool distrusted = false;                      ///< Wrote nonsense into shared memory.
    std::string note;                             ///< For its obituary.
    std::vector<std::uint64_t> hushed;            ///< Serials of tasks that nothing more is to be said about.
    std::optional<TimePoint> expires_at;          ///< The earliest time at which its oldest task can time out.
    std::optional<std::uint64_t> asked_start_of;  ///< Serial of the task that was last seen executing by expire().
    std::optional<TimePoint> claim_by;            ///< When it must have taken a task, if it holds some.
    std::optional<TimePoint> kill_at;             ///< When the grace is over.
    TimePoint looked_at{};                        ///< When its memory was last looked at,
    TimePoint measure_again_at{};                 ///< when to measure it again if it seems too much,
    std::uint64_t memory_used = 0;                ///< and what was found, if it was too much.
    std::optional<TimePoint> buried_by;           ///< Once it is killed: until then its zygote must have said so.

    [[nodiscard]] bool takes_tasks() const { return state == State::ready && !vacating; }
    [[nodiscard]] bool idle() const { return state == State::ready && link.handed() == 0; }
  };

  enum class Source : std::uint32_t { doorbell, control, zygote_death, zygote_out, zygote_err, worker_out, worker_err };

  // pool.cpp
  void enforce_deadlines();
  void hear_everybody();
  void sleep_until_news(std::optional<TimePoint> deadline);
  [[nodiscard]] static epoll_event event_of(Source source, std::size_t index);
  void watch(int descriptor, Source source, std::size_t index);
  void watch_as(int descriptor, Source source, std::size_t index);
  void forget(int descriptor);

  // pool_output.cpp
  void poll_descriptors(int timeout_ms);
  void handle_descriptor(Source source, std::size_t index);
  void drain_worker(Worker& worker);
  void drain_pipe(OutputPipe& pipe);

  // pool_tasks.cpp
  Image& image(ImageId id);
  void take_answers(Worker& worker);
  void tell_answer(Worker& worker, const WorkerLink::Response& response);
  [[nodiscard]] static bool is_hushed(const Worker& worker, const QueuedTask& task);
  void hush(Worker& worker, const QueuedTask& task);
  [[nodiscard]] bool cancel_handed(Worker& worker, Tag tag);
  void refuse(const QueuedTask& task, std::string_view reason);
  void refuse_backlog(Image& image, std::string_view reason);
  static void put_back(Image& image, std::vector<QueuedTask>& tasks);
  std::size_t take_unstarted(Worker& worker, std::size_t count);
  static void rearm(Worker& worker, TimePoint now);

  // pool_hand_over.cpp
  void balance();
  /// To as many workers as the work is worth, or to all.
  enum class Spread { as_worth, wide };
  void hand_over(Image& image, Spread spread);
  void choose_takers(Image& image, Spread spread);
  [[nodiscard]] static std::optional<Duration> mean_of(const Image& image, const QueuedTask& task);
  [[nodiscard]] static std::size_t depth(const Worker& worker, const QueuedTask& task);
  void fill(Worker& worker, std::size_t share);
  [[nodiscard]] bool rebalance(Image& image);
  [[nodiscard]] bool worth_spreading(const Worker& fullest) const;
  void note_who_works();
  void assign_slots();
  void vacate(Worker& worker);
  void fill_slot(std::uint32_t slot, Image& image);
  [[nodiscard]] SlotPlan plan() const;

  // pool_workers.cpp
  void start_worker(std::uint32_t place, Image& image);
  void fork_failed(Image& image, int error);
  void worker_forked(std::uint32_t ticket, pid_t process);
  void worker_not_forked(Image& image, std::uint32_t ticket, int error);
  void signal_worker(Worker& worker, int signal);
  void retire(Worker& worker);
  void condemn(Worker& worker);
  void ask_for_obituary(Worker& worker);
  void distrust(Worker& worker, std::string note);
  void expire(Worker& worker);
  void check_claim(Worker& worker);
  void bury(Worker& worker, int wait_status, std::uint64_t peak_memory_bytes);
  void note_early_death(const Worker& worker, const Obituary& obituary);
  [[nodiscard]] Worker* find_worker(const Image& image, pid_t process);

  // pool_spares.cpp
  [[nodiscard]] std::span<const std::unique_ptr<Worker>> in_slots() const { return {workers_.data(), options_.slots}; }
  [[nodiscard]] bool is_spare(const Worker& worker) const { return worker.slot >= options_.slots; }
  [[nodiscard]] Worker* find_spare(const Image& image) const;
  [[nodiscard]] bool wants_spare(const Image& image) const;
  [[nodiscard]] bool move_spare_to(std::uint32_t slot, Image& image);
  void keep_spares();
  void end_useless(Worker& spare);
  void spare_failed(Image& image);
  [[nodiscard]] std::uint32_t place_for_spare();

  // pool_memory.cpp
  [[nodiscard]] bool wants_look(const Worker& worker) const;
  void look_at_memory();
  void measure(Worker& worker);
  void end_large(Worker& worker, std::uint64_t used);

  // pool_zygotes.cpp
  [[nodiscard]] bool is_refused(const Image& image) const { return now_ < image.refused_until; }
  void start_zygote(Image& image);
  void make_room_for_zygote();
  void hear_zygote(Image& image);
  void obey(Image& image, ControlMessage& message);
  void zygote_died(Image& image);
  void lose_workers(Image& image, const std::string& note);
  void give_up_zygote(Image& image);
  void fail_image(Image& image, const std::string& sentence);
  [[nodiscard]] std::size_t worker_count(const Image& image) const;

  // pool_stop.cpp
  void condemn_everybody(Duration grace);
  template <class Done>
  void await_deaths(TimePoint deadline, Done done);

  PoolOptions options_;
  PoolListener& listener_;
  base::ForkWitness witness_;
  Doorbell doorbell_;
  base::UniqueFd epoll_;
  std::map<ImageId, std::size_t> image_index_;
  std::vector<std::unique_ptr<Image>> images_;
  std::vector<std::unique_ptr<Worker>> workers_;  // one place per slot; behind them, places of spares
  std::vector<std::unique_ptr<Worker>> buried_;   // during process() only: they go when there is time
  std::vector<QueuedTask> taken_;                 // scratch, empty between calls
  std::vector<Worker*> takers_;                   // scratch of hand_over()
  std::vector<Worker*> suspects_;                 // scratch of look_at_memory()
  std::uint64_t next_serial_ = 0;
  std::uint32_t next_ticket_ = 0;
  std::size_t unsettled_ = 0;
  bool stopped_ = false;
  bool wants_task_ = false;
  bool only_quick_tasks_ = false;  // in the hands of workers

  TimePoint now_{};
  TimePoint polled_at_{};
  TimePoint heard_at_{};
  TimePoint look_again_at_{};  // at the memory of workers
  std::optional<TimePoint> plan_again_;
  std::optional<TimePoint> spread_at_;  // when the little that a worker was left with goes to idle ones after all

  BriefSpin spin_;  // of the thread in wait_for_news()
  const std::size_t cores_ = std::thread::hardware_concurrency();

  // Shared with threads in wait_for_news() and interrupt().
  std::atomic<bool> interrupted_{false};
  std::atomic<WakeBy> wake_by_{WakeBy::descriptor};
  std::atomic<bool> poll_due_{true};
  std::atomic<std::size_t> working_{0};  // workers that hold a task
};

}  // namespace blitzen::pool
