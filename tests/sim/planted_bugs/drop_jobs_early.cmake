set(says "A job is kept no longer than a driver without one.")
set(file libblitzen/src/server/admission.cpp)
set(old [==[
return driver.has_job() && driver.tasks().size() > 0 ? options_.job_retention : options_.driver_patience;]==])
set(new [==[
static_cast<void>(driver);
  return options_.driver_patience;]==])
