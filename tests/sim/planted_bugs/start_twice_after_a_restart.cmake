set(says "What must not start twice is started again by a server that was started again.")
set(file libblitzen/src/server/restorer.cpp)
set(old [==[
    if (started) broker_.may_have_started_.push_back(id);
]==])
set(new [==[
    static_cast<void>(started);
]==])
