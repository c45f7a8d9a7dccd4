set(says "Tasks are accepted before they are on the disk.")
set(file libblitzen/src/server/driver_session.hpp)
set(old [==[
return safe_below_ ? *safe_below_ : tasks_.accepted_below();]==])
set(new [==[
return tasks_.accepted_below();]==])
