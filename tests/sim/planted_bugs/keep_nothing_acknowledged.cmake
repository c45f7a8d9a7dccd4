set(says "An outcome of a job is gone once one driver has it.")
set(file libblitzen/src/server/job_outcomes.cpp)
set(old [==[
if (StoredTask* kept = tasks_.find_kept(number)) kept->came = true;]==])
set(new [==[
forget(number);]==])
