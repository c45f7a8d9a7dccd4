set(says "Large outcomes are not told again.")
set(file libblitzen/src/server/outcome_queue.cpp)
set(old [==[
  for (const auto& [number, large] : large_) channel.send(proto::ReportOutcomes{{large.outcome}}, large.packet);
]==])
set(new [==[
]==])
