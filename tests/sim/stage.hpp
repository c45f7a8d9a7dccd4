// What everybody in a simulated world shares.
#pragma once

#include "agenda.hpp"
#include "history.hpp"
#include "network.hpp"
#include "plan.hpp"

namespace blitzen::sim {

struct Stage {
  const Plan& plan;
  Agenda& agenda;
  Network& network;
  History& history;
};

}  // namespace blitzen::sim
