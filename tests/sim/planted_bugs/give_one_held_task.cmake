set(says "Of what waited for a slow link, only the first task is sent.")
set(file libblitzen/src/server/broker.cpp)
set(old [==[
while (const auto assignment = client->release()) send_assignment]==])
set(new [==[
if (const auto assignment = client->release()) send_assignment]==])
