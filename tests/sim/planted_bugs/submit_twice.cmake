set(says "A task that is sent again is taken for another one.")
set(file libblitzen/src/server/broker.cpp)
set(old [==[
  if (!driver.tasks().is_new(task.number)) return;
  if (task.arguments]==])
set(new [==[
  if (task.arguments]==])
