set(says "The outcomes that a journal has of a job are not kept.")
set(file libblitzen/src/server/driver_session.cpp)
set(old [==[
if (kept_) return kept_->restore(outcome, content);]==])
set(new [==[
if (kept_) return tasks_.skip(outcome.number);]==])
