set(says "A driver that does not come back is waited for all the same.")
set(file libblitzen/src/core/state.cpp)
set(old [==[
drivers_.set_away(*driver, turn.now + event.patience);]==])
set(new [==[
drivers_.set_away(*driver, turn.now + event.patience * 1000);]==])
