set(says "That a driver is done with an outcome is confirmed before it is on the disk.")
set(file libblitzen/src/server/jobs.cpp)
set(old [==[
    journal_->forgotten(driver, packet);
  else
    driver.forgotten(packet.sequence);]==])
set(new [==[
    journal_->forgotten(driver, packet);
  driver.forgotten(packet.sequence);]==])
