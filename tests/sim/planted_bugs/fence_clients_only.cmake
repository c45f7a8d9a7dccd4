set(says "Any attempt of the client that holds the task counts.")
set(file libblitzen/src/core/state.cpp)
set(old [==[
running->client != report.client || task->attempt != report.attempt]==])
set(new [==[
running->client != report.client]==])
