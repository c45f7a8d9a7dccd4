set(says "A driver that was forgotten is not told so.")
set(file libblitzen/src/server/driver_session.hpp)
set(old [==[
memory_ = std::uint64_t{1} + static_cast<std::uint32_t>(id_);]==])
set(new [==[
memory_ = 1;]==])
