set(says "Outcomes are told before they are on the disk.")
set(file libblitzen/src/server/broker.cpp)
set(old [==[
if (driver.accepts_when_safe()) return journal_->settled(driver.id(), outcome, packet);]==])
set(new [==[
if (driver.accepts_when_safe()) journal_->settled(driver.id(), outcome, packet);]==])
