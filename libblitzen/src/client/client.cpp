#include "blitzen/client.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "base/host_name.hpp"
#include "base/parents_own.hpp"
#include "base/size_text.hpp"
#include "base/standard_streams.hpp"
#include "base/start_thread.hpp"
#include "blitzen/error.hpp"
#include "blitzen/logging.hpp"
#include "blitzen/version.hpp"
#include "call/init_state.hpp"
#include "client/host.hpp"
#include "client/task_library.hpp"
#include "net/address.hpp"
#include "net/cluster_key.hpp"
#include "pool/doorbell.hpp"
#include "pool/family.hpp"
#include "proto/limits.hpp"

namespace blitzen {
namespace {

/// More worker processes than this on one machine are a slip of the keyboard.
constexpr int workers_max = pool::slots_max;

std::uint32_t usable_cores() {
  cpu_set_t cores;
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) {
    return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&cores)));
  }
  // More cores than a cpu_set_t holds.
  return std::max(1U, std::thread::hardware_concurrency());
}

void check(const ClientOptions& options) {
  if (options.server.empty()) {
    throw Error(ErrorCode::invalid_option, "a client needs a server: name its host, or 127.0.0.1 for this machine");
  }
  if (options.workers < 0 || options.workers > workers_max) {
    throw Error(ErrorCode::invalid_option,
                "workers must be 1 to " + std::to_string(workers_max) + ", or 0 for one per core");
  }
  if (options.worker_memory != 0 && options.worker_memory < pool::worker_memory_min) {
    throw Error(ErrorCode::invalid_option,
                "worker_memory must be at least " + base::size_text(pool::worker_memory_min) + ", or 0 for no limit");
  }
  if (!options.shipped_code && options.tasks.empty()) {
    throw Error(ErrorCode::invalid_option,
                "a client that refuses shipped code needs task libraries: name at least one (--tasks)");
  }
}

proto::Hello make_hello(const client::AgentOptions& agent) {
  proto::Hello hello;
  hello.role = proto::Role::client;
  hello.program_version = version;
  hello.architecture = agent.architecture;
  hello.host = agent.host;
  hello.process = static_cast<std::uint32_t>(::getpid());
  hello.slots = agent.pool.slots;
  hello.accepts_images = agent.shipped_code;
  return hello;
}

client::AgentOptions make_agent_options(const ClientOptions& options) {
  client::AgentOptions agent;
  agent.pool.slots = options.workers > 0 ? static_cast<std::uint32_t>(options.workers) : usable_cores();
  agent.pool.result_bytes_max = proto::payload_bytes_max;
  agent.pool.worker_memory = options.worker_memory;
  agent.pool.memory_option = "--worker-memory";
  agent.shipped_code = options.shipped_code;
  agent.host = base::host_name();
  agent.architecture = base::architecture();
  for (const auto& library : options.tasks) agent.libraries.push_back(client::check_task_library(library));
  return agent;
}

client::HostOptions make_host_options(const ClientOptions& options) {
  client::AgentOptions agent = make_agent_options(options);
  net::ConnectorOptions connector;
  connector.server = options.server;
  connector.port = options.port;
  if (!options.insecure) {
    net::FoundKey found = net::find_key(options.key_file, net::is_loopback(options.server));
    if (!found.news.empty()) logging::get_logger().info(found.news);
    connector.key = std::move(found.key);
    connector.key_file = found.file.string();
  }
  connector.hello = make_hello(agent);
  connector.compression = options.compression;
  connector.patience = options.connect_patience;
  if (options.connect_patience == std::chrono::milliseconds::max()) connector.patience.reset();
  connector.jitter_seed = static_cast<std::uint64_t>(::getpid());
  images::ImageCache cache(options.cache_dir.empty() ? images::default_cache_dir() : options.cache_dir,
                           options.cache_bytes_max,
                           [](const std::string& sentence) { logging::get_logger().warning(sentence); });
  return {std::move(agent), std::move(cache), std::move(connector)};
}

/// Workers die with their client. What is left is what their tasks started, if everything that looks after it was
/// killed at once.
void end_what_others_left() {
  const std::size_t ended = pool::end_abandoned_families();
  if (ended > 0)
    logging::get_logger().info("ended " + std::to_string(ended) + (ended == 1 ? " process" : " processes") +
                               " of tasks whose client or driver is dead");
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : options_(std::move(options)) {
    base::open_standard_streams();
    call::require_init("a client");
    check(options_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    stop_now();
    if (thread_.joinable()) thread_.join();
  }

  void start() {
    require_maker();
    host_ = std::make_unique<client::Host>(io_, make_host_options(options_));
    end_what_others_left();
    host_->start();
    running_ = true;
    try {
      thread_ = base::start_thread([this] { run(); });
    } catch (...) {
      running_ = false;
      host_.reset();
      throw;
    }
  }

  // What is posted before start() waits for it.
  void stop() {
    if (in_forked_child()) return;
    asio::post(io_, [this] { host_->stop(); });
  }
  void stop_now() {
    if (in_forked_child()) return;
    asio::post(io_, [this] { host_->stop_now(); });
  }

  void wait() {
    require_maker();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return !running_; });
    if (failure_) std::rethrow_exception(failure_);
  }

  [[nodiscard]] bool in_forked_child() const { return witness_.in_child(); }

 private:
  void require_maker() const { base::require_maker(witness_, "this client"); }

  void run() {
    std::exception_ptr failure;
    try {
      io_.run();
      if (const auto& error = host_->failure()) failure = std::make_exception_ptr(*error);
    } catch (const std::bad_alloc&) {
      const Error error(ErrorCode::system,
                        "there is not enough memory for this client: let it have fewer workers, or tasks return less");
      logging::get_logger().error(error.what());
      failure = std::make_exception_ptr(error);
    } catch (const std::exception& error) {
      logging::get_logger().error(std::string("the client ends because of a bug: ") + error.what());
      failure = std::current_exception();
    }
    host_.reset();
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    running_ = false;
    ended_.notify_all();
  }

  base::ForkWitness witness_;
  ClientOptions options_;
  asio::io_context io_{1};
  std::unique_ptr<client::Host> host_;  ///< Used and destroyed by the thread once that runs.
  std::mutex mutex_;
  std::condition_variable ended_;
  std::exception_ptr failure_;
  bool running_ = false;
  std::thread thread_;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() {
  if (impl_->in_forked_child()) base::leave_to_parent(impl_);
}

void Client::start() { impl_->start(); }
void Client::stop() { impl_->stop(); }
void Client::stop_now() { impl_->stop_now(); }
void Client::wait() { impl_->wait(); }

}  // namespace blitzen
