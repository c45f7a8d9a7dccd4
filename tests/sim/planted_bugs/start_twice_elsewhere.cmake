set(says "What must not start twice is started again when its client was lost.")
set(file libblitzen/src/core/state.cpp)
set(old [==[
if (task.worker_deaths_max == 1) {]==])
set(new [==[
if (task.worker_deaths_max == 0) {]==])
