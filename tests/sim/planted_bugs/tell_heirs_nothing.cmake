set(says "A driver that attaches is not told what the one before it was told.")
set(file libblitzen/src/server/job_outcomes.cpp)
set(old [==[
if (new_driver) tasks_.find_kept(number)->came = false;]==])
set(new [==[
static_cast<void>(new_driver);]==])
