#include "blitzen/init.hpp"

#include "base/standard_streams.hpp"
#include "blitzen/error.hpp"
#include "call/image_runner.hpp"
#include "call/init_state.hpp"
#include "call/registry.hpp"
#include "pool/worker.hpp"

namespace blitzen {
namespace {

bool init_was_called = false;
bool is_worker = false;

}  // namespace

void init(int, char**) {
  base::open_standard_streams();
  if (const auto conflict = call::registration_conflict()) throw Error(ErrorCode::invalid_option, *conflict);
  if (pool::started_by_pool()) {
    is_worker = true;
    call::ImageRunner runner;
    pool::serve(runner);
  }
  init_was_called = true;
}

void call::require_init(const char* what) {
  if (is_worker)
    throw Error(ErrorCode::not_initialised, std::string(what) +
                                                " cannot be made inside a task; return what is to be "
                                                "done next to the driver, and let it run that");
  if (!init_was_called)
    throw Error(ErrorCode::not_initialised,
                std::string(what) + " needs blitzen::init(argc, argv) as the first line of main");
}

}  // namespace blitzen
