set(says "A client is not told that its attempt was cancelled.")
set(file libblitzen/src/server/broker.cpp)
set(old [==[
  client->cancel(attempt_id(action.task, action.attempt));
]==])
set(new [==[
  static_cast<void>(attempt_id(action.task, action.attempt));
]==])
