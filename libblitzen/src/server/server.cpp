#include "blitzen/server.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/parents_own.hpp"
#include "base/size_text.hpp"
#include "base/standard_streams.hpp"
#include "base/start_thread.hpp"
#include "blitzen/error.hpp"
#include "server/host.hpp"

namespace blitzen {
namespace {

/// Longer ones are mistakes, and adding them to a time could overflow.
constexpr std::chrono::hours duration_max{10 * 365 * 24};

/// Some batches of every kind.
constexpr std::uint64_t memory_limit_min = 16ULL * 1024 * 1024;

void check_duration(std::chrono::nanoseconds duration, const std::string& name) {
  if (duration < std::chrono::nanoseconds::zero() || duration > duration_max) {
    throw Error(ErrorCode::invalid_option, "the server's " + name + " must lie between 0 and ten years");
  }
}

void check(const ServerOptions& options) {
  if (options.address.empty()) {
    throw Error(ErrorCode::invalid_option, "the server's address is empty: give one of this machine, or 0.0.0.0");
  }
  if (options.task_limit == 0) {
    throw Error(ErrorCode::invalid_option, "the server's task limit is 0: no driver could run a task");
  }
  if (options.memory_limit != 0 && options.memory_limit < memory_limit_min) {
    throw Error(ErrorCode::invalid_option, "the server's memory limit must be at least " +
                                               base::size_text(memory_limit_min) + ", or 0 for half of what there is");
  }
  if (options.job_bytes == 0) {
    throw Error(ErrorCode::invalid_option, "the server keeps 0 bytes of a job's outcomes: no job could go on");
  }
  if (options.insecure && !options.key_file.empty()) {
    throw Error(ErrorCode::invalid_option, "the server has a key file and is insecure: choose one of the two");
  }
  if (options.journal_salvage && options.journal.empty()) {
    throw Error(ErrorCode::invalid_option, "there is no journal to salvage: name one (--journal)");
  }
  check_duration(options.duration, "duration");
  check_duration(options.timeout, "timeout");
  check_duration(options.driver_patience, "patience with drivers");
  check_duration(options.job_retention, "retention of jobs");
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options) : options_(std::move(options)) {
    base::open_standard_streams();
    check(options_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (!thread_.joinable()) return;
    host_->stop_now();
    thread_.join();
  }

  void start() {
    require_maker();
    const std::lock_guard lock(mutex_);
    if (host_) throw Error(ErrorCode::invalid_option, "the server was started before: make another one");
    auto host = make_host();
    if (stop_asked_) host->stop();
    host_ = std::move(host);
    try {
      thread_ = base::start_thread([this] { run(); });
    } catch (...) {
      host_.reset();
      throw;
    }
  }

  [[nodiscard]] std::uint16_t port() const {
    require_maker();
    const std::lock_guard lock(mutex_);
    return host_ ? host_->port() : std::uint16_t{0};
  }

  void stop() {
    if (in_forked_child()) return;
    const std::lock_guard lock(mutex_);
    stop_asked_ = true;
    if (host_) host_->stop();
  }

  void stop_now() {
    if (in_forked_child()) return;
    const std::lock_guard lock(mutex_);
    stop_asked_ = true;
    if (host_) host_->stop_now();
  }

  void wait() {
    require_maker();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return !host_ || has_ended_; });
    if (failure_) std::rethrow_exception(failure_);
  }

  [[nodiscard]] bool in_forked_child() const { return witness_.in_child(); }

 private:
  void require_maker() const { base::require_maker(witness_, "this server"); }

  [[nodiscard]] std::unique_ptr<server::Host> make_host() const {
    try {
      return std::make_unique<server::Host>(options_);
    } catch (const std::system_error& error) {
      throw Error(ErrorCode::system, std::string("cannot make the server's event loop (") + error.what() +
                                         "); close files that are not needed, or raise their limit (ulimit -n)");
    }
  }

  void run() {
    std::exception_ptr failure;
    try {
      host_->run();
    } catch (const std::bad_alloc&) {
      failure = std::make_exception_ptr(Error(ErrorCode::system,
                                              "there is not enough memory for this server: lower its memory limit "
                                              "(--memory-limit), or raise what limits its process"));
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    has_ended_ = true;
    ended_.notify_all();
  }

  base::ForkWitness witness_;
  ServerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::unique_ptr<server::Host> host_;
  std::thread thread_;
  bool stop_asked_ = false;
  bool has_ended_ = false;
  std::exception_ptr failure_;
};

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() {
  if (impl_->in_forked_child()) base::leave_to_parent(impl_);
}
void Server::start() { impl_->start(); }
std::uint16_t Server::port() const { return impl_->port(); }
void Server::stop() { impl_->stop(); }
void Server::stop_now() { impl_->stop_now(); }
void Server::wait() { impl_->wait(); }

}  // namespace blitzen
