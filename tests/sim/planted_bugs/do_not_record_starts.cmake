set(says "The journal does not say what must not start twice.")
set(file libblitzen/src/server/journal_desk.cpp)
set(old [==[
  record(journal::TaskStarted{number_of(assignment.task.driver), assignment.task.number});
]==])
set(new [==[
]==])
