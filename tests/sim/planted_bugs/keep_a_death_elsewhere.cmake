set(says "A death is kept with the next task of the driver.")
set(file libblitzen/src/server/broker.cpp)
set(old [==[
driver->tasks().add_death(action.task.number, std::move(*obituary_));]==])
set(new [==[
driver->tasks().add_death(action.task.number + 1, std::move(*obituary_));]==])
