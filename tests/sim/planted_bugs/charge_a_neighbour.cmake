set(says "A death is charged to everything that the client holds.")
set(file libblitzen/src/core/state.cpp)
set(old [==[
  turn.out.push_back(RecordDeath{event.task});
]==])
set(new [==[
  turn.out.push_back(RecordDeath{event.task});
  for (const TaskId& id : reported->client.in_flight) {
    if (id != event.task) ++drivers_.find(id.driver)->tasks.at(id.number).worker_deaths;
  }
]==])
