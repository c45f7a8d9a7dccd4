set(says "A timeout that its client does not enforce is enforced by nobody.")
set(file libblitzen/src/core/state.cpp)
set(old [==[
reported->task.timeout + options_.backstop_slack;]==])
set(new [==[
reported->task.timeout + options_.backstop_slack * 1000;]==])
