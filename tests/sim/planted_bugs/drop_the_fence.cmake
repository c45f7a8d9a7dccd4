set(says "A report counts although it is not of the current attempt.")
set(file libblitzen/src/core/state.cpp)
set(old [==[
if (running == nullptr || running->client != report.client || task->attempt != report.attempt) {]==])
set(new [==[
if (running == nullptr) {]==])
