set(says "Outcomes in the journal are not told after a restart.")
set(file libblitzen/src/server/restorer.cpp)
set(old [==[
    driver_->restore(
        {outcome.number, static_cast<proto::Outcome>(outcome.outcome), outcome.ran_ns, outcome.content.bytes()},
        outcome.content);
]==])
set(new [==[
    driver_->tasks().skip(outcome.number);
]==])
