set(says "Outcomes that come while their driver is away are not kept.")
set(file libblitzen/src/server/outcome_queue.cpp)
set(old [==[
    batch_.add(outcome);
    if (batch_.full()) flush(channel);
    return;]==])
set(new [==[
    if (channel == nullptr) return;
    batch_.add(outcome);
    if (batch_.full()) flush(channel);
    return;]==])
