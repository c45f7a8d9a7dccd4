#include "blitzen/distributed_dispatcher.hpp"

#include <algorithm>

#include "blitzen/client.hpp"
#include "blitzen/network.hpp"
#include "blitzen/server.hpp"
#include "call/init_state.hpp"
#include "dispatch/remote_engine.hpp"
#include "net/address.hpp"
#include "proto/limits.hpp"

namespace blitzen {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

void check_job(const std::string& job) {
  if (job.size() > proto::job_name_bytes_max || std::any_of(job.begin(), job.end(), is_control))
    throw Error(ErrorCode::invalid_option, "the name of a job may have at most " +
                                               std::to_string(proto::job_name_bytes_max) +
                                               " bytes, and no control characters");
}

std::unique_ptr<detail::Engine> make_engine(const DistributedOptions& options, bool attach) {
  call::require_init("a DistributedDispatcher");
  if (options.server.empty()) throw Error(ErrorCode::invalid_option, "server must be a host name or an address");
  if (options.revive_limit < -1)
    throw Error(ErrorCode::invalid_option, "revive_limit must be 0 or more, or -1 for any number");
  if (options.connect_patience.count() < 0)
    throw Error(ErrorCode::invalid_option, "connect_patience must not be negative; 0 means one attempt");
  if (options.leave_patience.count() <= 0)
    throw Error(ErrorCode::invalid_option,
                "leave_patience must be more than 0: so long leaving a job waits for a server "
                "that takes nothing");
  check_job(options.job);
  if (attach && options.job.empty()) throw Error(ErrorCode::invalid_option, "attach() needs the name of a job");
  return std::make_unique<dispatch::RemoteEngine>(options, attach);
}

bool is_this_machine(const std::string& host) {
  return net::is_loopback(host) || net::without_brackets(host) == get_local_ip();
}

/// Where a server must listen so that its dispatcher and others reach it: an IPv4 socket hears no IPv6.
std::string address_to_listen_on(const DistributedOptions& options) {
  const bool is_ipv6 = options.server.find(':') != std::string::npos;
  if (options.insecure) return is_ipv6 ? "::1" : "127.0.0.1";
  return is_ipv6 ? "::" : "0.0.0.0";
}

}  // namespace

/// The daemons that live inside the program.
class DistributedDispatcher::Embedded {
 public:
  Embedded(DistributedOptions options, dispatch::RemoteEngine& engine)
      : options_(std::move(options)), engine_(engine) {}

  dispatch::RemoteEngine& engine() { return engine_; }

  void spawn_server(std::chrono::milliseconds duration) {
    engine_.require_open();
    if (server_) throw Error(ErrorCode::invalid_option, "this dispatcher has spawned a server already");
    if (!is_this_machine(options_.server))
      throw Error(ErrorCode::invalid_option,
                  "this dispatcher's server is " + options_.server +
                      ", so it would not use one that it spawns here; set server to 127.0.0.1");
    ServerOptions server;
    server.port = options_.port;
    server.address = address_to_listen_on(options_);
    server.key_file = options_.key_file;
    server.insecure = options_.insecure;
    server.compression = options_.compression;
    server.duration = duration;
    server.task_limit = options_.task_limit;
    server.revive_limit = options_.revive_limit;
    server_ = std::make_unique<Server>(std::move(server));
    server_->start();
    options_.port = server_->port();
    engine_.use_port(options_.port);
  }

  void spawn_client(int workers, std::uint64_t worker_memory) {
    engine_.require_open();
    if (workers < 0) throw Error(ErrorCode::invalid_option, "workers must be 1 or more, or 0 for one per core");
    ClientOptions client;
    client.server = options_.server;
    client.port = options_.port;
    client.key_file = options_.key_file;
    client.insecure = options_.insecure;
    client.compression = options_.compression;
    client.workers = workers;
    client.worker_memory = worker_memory;
    clients_.push_back(std::make_unique<Client>(std::move(client)));
    clients_.back()->start();
  }

 private:
  DistributedOptions options_;
  dispatch::RemoteEngine& engine_;
  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Client>> clients_;
};

DistributedDispatcher::DistributedDispatcher(const DistributedOptions& options)
    : Dispatcher(make_engine(options, false)),
      embedded_(std::make_unique<Embedded>(options, static_cast<dispatch::RemoteEngine&>(engine()))) {}

DistributedDispatcher::DistributedDispatcher(const DistributedOptions& options, Attach)
    : Dispatcher(make_engine(options, true)),
      embedded_(std::make_unique<Embedded>(options, static_cast<dispatch::RemoteEngine&>(engine()))) {
  connect();
}

DistributedDispatcher DistributedDispatcher::attach(const std::string& job, const DistributedOptions& options) {
  DistributedOptions named = options;
  named.job = job;
  return DistributedDispatcher(named, Attach{});
}

DistributedDispatcher::~DistributedDispatcher() {
  // The driver leaves first, so that its server and clients see an orderly end.
  engine().end();
}

std::vector<std::uint64_t> DistributedDispatcher::found_tasks() const { return embedded_->engine().found_tasks(); }

void DistributedDispatcher::connect() { embedded_->engine().wait_until_connected(); }

void DistributedDispatcher::spawn_server(std::chrono::milliseconds duration) { embedded_->spawn_server(duration); }

void DistributedDispatcher::spawn_client(int workers, std::uint64_t worker_memory) {
  embedded_->spawn_client(workers, worker_memory);
}

}  // namespace blitzen
