#include "apps/client/options.hpp"
#include "apps/common/run_guarded.hpp"
#include "apps/common/stop_signals.hpp"
#include "blitzen/init.hpp"

int main(int argc, char** argv) {
  using namespace blitzen;
  return app::run_guarded([&] {
    init(argc, argv);  // the zygotes of task libraries are processes of this program
    const auto options = app::parse_client_options(argc, argv);
    app::init_logging(options.logging);
    app::outlive_readers();
    Client client{options.client};
    const app::StopSignals signals{[&] { client.stop(); }, [&] { client.stop_now(); }};
    client.start();
    client.wait();
    return ExitCode::ok;
  });
}
