set(says "A driver that attaches is told of tasks that are not on the disk yet.")
set(file libblitzen/src/server/admission.cpp)
set(old [==[
return journal_->attached(driver);]==])
set(new [==[
journal_->attached(driver);]==])
