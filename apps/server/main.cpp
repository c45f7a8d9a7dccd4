#include "apps/common/run_guarded.hpp"
#include "apps/common/stop_signals.hpp"
#include "apps/server/options.hpp"

int main(int argc, char** argv) {
  using namespace blitzen;
  return app::run_guarded([&] {
    const auto options = app::parse_server_options(argc, argv);
    app::init_logging(options.logging);
    app::outlive_readers();
    Server server{options.server};
    const app::StopSignals signals{[&] { server.stop(); }, [&] { server.stop_now(); }};
    server.start();
    server.wait();
    return ExitCode::ok;
  });
}
