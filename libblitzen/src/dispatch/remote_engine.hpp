// The engine of DistributedDispatcher: a connection to a server.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <thread>

#include "blitzen/distributed_dispatcher.hpp"
#include "dispatch/common_engine.hpp"
#include "net/channel.hpp"
#include "net/connector.hpp"
#include "proto/batch.hpp"

namespace blitzen::dispatch {

/// Calls enter tasks in the ledger; a thread of the engine's own sends them in batches, in order, and writes outcomes
/// into the ledger as they arrive. Packets are read and written here and nowhere else.
class RemoteEngine final : public CommonEngine {
 public:
  explicit RemoteEngine(const DistributedOptions& options);
  ~RemoteEngine() override;

  /// Has an effect until the first task or wait_until_connected() starts to connect.
  void use_port(std::uint16_t port);
  /// Waits until the server can be used; throws why it cannot.
  void wait_until_connected();

  void shutdown() override;

 private:
  class Session;

  void task_added(Lock& lock, std::uint64_t number) override;
  void tasks_abandoned(Lock& lock, std::span<const std::uint64_t> numbers) override;

  void start_connecting(Lock& lock);
  void connect();
  void cannot_connect(const Error& error);
  void connected(std::shared_ptr<net::Channel> channel);
  void disconnected(const net::CloseReason& reason);

  void wake_sender(Lock& lock);
  void send_pending();
  void send_new_functions(Lock& lock);
  void send_new_tasks(Lock& lock);
  void send_batch();
  void send_image(const proto::ImageHash& hash);
  void take_outcomes(const base::SharedBytes& body);

  std::filesystem::path key_file_;
  bool insecure_;
  net::ConnectorOptions connector_options_;
  bool started_ = false;
  bool connected_ = false;
  bool sender_awake_ = false;
  std::uint64_t next_to_send_ = 0;
  std::uint32_t functions_sent_ = 0;
  std::vector<std::uint64_t> abandoned_;
  std::condition_variable connection_changed_;

  // Used by the engine's own thread only.
  asio::io_context io_{1};
  std::unique_ptr<net::Connector> connector_;
  std::shared_ptr<net::Channel> channel_;
  std::shared_ptr<Session> session_;
  proto::ImageHash image_{};
  proto::BatchWriter<proto::SubmitTasks> batch_;
  std::thread thread_;
};

}  // namespace blitzen::dispatch
