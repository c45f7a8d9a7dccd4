set(says "A job's next outcome is forgotten as well.")
set(file libblitzen/src/server/jobs.cpp)
set(old [==[
    driver.forget(number);
]==])
set(new [==[
    driver.forget(number);
    if (driver.tasks().find_kept(number + 1) != nullptr) driver.forget(number + 1);
]==])
