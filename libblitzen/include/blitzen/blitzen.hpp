/// \file
/// Everything a program needs to run ordinary functions on every core of a machine or a cluster.
///
/// \code
/// #include <blitzen/blitzen.hpp>
/// #include <iostream>
///
/// int square(int x) { return x * x; }
///
/// int main(int argc, char** argv) {
///   blitzen::init(argc, argv);
///   blitzen::MulticoreDispatcher cores;
///   auto task = cores.run(square, 12);
///   std::cout << cores.get_result(task).value() << '\n';   // 144
/// }
/// \endcode
#pragma once

#include "blitzen/detail/requirements.hpp"

#include "blitzen/client.hpp"
#include "blitzen/compression.hpp"
#include "blitzen/dispatcher.hpp"
#include "blitzen/distributed_dispatcher.hpp"
#include "blitzen/error.hpp"
#include "blitzen/exit_code.hpp"
#include "blitzen/init.hpp"
#include "blitzen/logging.hpp"
#include "blitzen/multicore_dispatcher.hpp"
#include "blitzen/network.hpp"
#include "blitzen/outcome.hpp"
#include "blitzen/server.hpp"
#include "blitzen/task.hpp"
#include "blitzen/task_registry.hpp"
#include "blitzen/version.hpp"
