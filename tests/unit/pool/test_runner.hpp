// The functions that the pools under test run in their workers.
#pragma once

#include "pool/worker.hpp"

namespace blitzen::pool::testing {

enum Function : std::uint32_t {
  echo,  ///< Returns its arguments.
  fail,  ///< Ends as an error that says "thrown".
  die_of_segv,
  die_of_kill,
  die_of_abort,
  die_of_overflow,  ///< Of the stack.
  exit_with_three,
  print,              ///< Prints its arguments as a line.
  print_buffered,     ///< The same, through a std::cout that buffers by itself.
  print_unfinished,   ///< Prints its arguments without ending the line.
  complain,           ///< Prints its arguments to stderr and dies.
  block,              ///< Prints "blocked PID" and blocks for ever.
  block_stubbornly,   ///< The same, but ignores SIGTERM.
  fork_stubbornly,    ///< The same with children that do so too, one of them in a session of its own; prints their ids.
  leave_group,        ///< Like block_stubbornly, in the process group of the zygote.
  kill_zygote,        ///< Like fork_stubbornly, and one of them another program; then it kills its zygote.
  stop_zygote,        ///< Like block, with the zygote stopped.
  close_descriptors,  ///< All of them.
  return_big,         ///< Returns as many bytes as its arguments say.
  scribble,           ///< Overwrites the memory that it shares with the pool, and blocks.
  scribble_and_return,
  return_twice,      ///< Forks; both processes return.
  return_twice_big,  ///< The same with as many bytes as its arguments say; the child's come later, and are others.
  fail_late,         ///< Like fail, after it has written as many bytes as its arguments say.
  keep_memory,       ///< Fills as many bytes as its arguments say, keeps them and returns.
  fill_memory,       ///< The same, but blocks.
  fork_large,        ///< The same with twelve children that share what it filled.
  fill_in_child,     ///< Has a child of its own session fill memory, and blocks.
  report_process,    ///< Returns its process id.
  report_self,       ///< Returns what it finds out about its process.
  undefinable,       ///< Cannot be defined.
  function_count,
};

class TestRunner : public TaskRunner {
 public:
  std::optional<std::string> open_library(const std::string& path) override;
  std::optional<std::string> define(std::uint32_t function, std::span<const std::byte> definition) override;
  FinishKind run(std::uint32_t function, std::span<const std::byte> arguments, ResultBuffer& result) override;
  void fail(std::string_view sentence, ResultBuffer& result) override;

 private:
  std::vector<std::string> libraries_;
};

}  // namespace blitzen::pool::testing
