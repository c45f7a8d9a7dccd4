set(says "A client is not told what the functions are that it is to call.")
set(file libblitzen/src/server/client_session.cpp)
set(old [==[
return index < known_.size() && known_[index];]==])
set(new [==[
return index <= known_.size();]==])
