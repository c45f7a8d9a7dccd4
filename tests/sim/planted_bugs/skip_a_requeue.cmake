set(says "The tasks of a lost client are not queued again.")
set(file libblitzen/src/core/state.cpp)
set(old [==[
    } else {
      queue(driver, id.number, End::front, out);
    }
  }
  clients_.remove(client.id);]==])
set(new [==[
    }
  }
  clients_.remove(client.id);]==])
