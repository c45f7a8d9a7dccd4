set(says "The tasks of a lost client are not queued again.")
set(file libblitzen/src/core/state.cpp)
set(old [==[
    take_off(driver, driver.tasks.at(id.number));
    queue(driver, id.number, End::front, out);
  }
  clients_.remove(client.id);]==])
set(new [==[
    take_off(driver, driver.tasks.at(id.number));
  }
  clients_.remove(client.id);]==])
