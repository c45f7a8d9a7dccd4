set(says "What is recorded last of what was not committed counts as safe.")
set(file libblitzen/src/server/journal_desk.cpp)
set(old [==[
while (!held_.empty() && held_.front().position <= committed) {]==])
set(new [==[
while (!held_.empty() && held_.front().position <= committed + 1) {]==])
