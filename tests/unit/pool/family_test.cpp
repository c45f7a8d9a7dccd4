#include "pool/family.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <string>

#include "pool/process_tree.hpp"
#include "pool_rig.hpp"

namespace blitzen::pool::testing {
namespace {

/// A program that waits, with one variable in its environment. Ends with the test.
class Sleeper {
 public:
  explicit Sleeper(std::string setting) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    input_.reset(in[1]);
    const base::UniqueFd its_in{in[0]};
    const base::UniqueFd its_out{out[1]};
    const base::UniqueFd output{out[0]};
    std::array<std::string, 3> words{"sh", "-c", "echo ready; read word"};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    std::array<char*, 2> environment{setting.data(), nullptr};
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, its_in.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, its_out.get(), STDOUT_FILENO);
    const int error = ::posix_spawnp(&process_, "sh", &actions, nullptr, arguments.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    REQUIRE(error == 0);
    death_ = watch_process(process_);
    char word = 0;
    REQUIRE(::read(output.get(), &word, 1) == 1);  // Now its environment can be seen.
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  [[nodiscard]] bool lives() const { return !has_ended(death_); }

 private:
  pid_t process_ = 0;
  base::UniqueFd input_;
  base::UniqueFd death_;
};

/// The word of a process that has ended since.
std::string family_of_the_dead() {
  std::array<int, 2> words{};
  REQUIRE(::pipe(words.data()) == 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    const std::string family = new_family();
    ::_exit(::write(words[1], family.data(), family.size()) == static_cast<ssize_t>(family.size()) ? 0 : 1);
  }
  ::close(words[1]);
  std::array<char, 256> text{};
  const ssize_t bytes = ::read(words[0], text.data(), text.size());
  ::close(words[0]);
  ::waitpid(owner, nullptr, 0);
  REQUIRE(bytes > 0);
  return {text.data(), static_cast<std::size_t>(bytes)};
}

}  // namespace

TEST_CASE("the members of a family are ended, and nobody else") {
  const std::string family = new_family();
  const Sleeper member(family_setting(family));
  const Sleeper inner("BLITZEN_FAMILY=1.2.3.4 " + family + " 5.6.7.8");
  const Sleeper of_another(family_setting(new_family()));
  const Sleeper similar(family_setting(family + "0"));
  const Sleeper stranger("FAMILY=" + family);
  end_family(family);
  CHECK_FALSE(member.lives());
  CHECK_FALSE(inner.lives());
  CHECK(of_another.lives());
  CHECK(similar.lives());
  CHECK(stranger.lives());
}

TEST_CASE("families of processes that have ended are ended, and no others") {
  const std::string dead = family_of_the_dead();
  const std::string rest = dead.substr(dead.find('.'));
  const Sleeper left(family_setting(dead));
  const Sleeper at_home(family_setting(new_family()));
  const Sleeper in_another_namespace(family_setting("1" + rest));
  const Sleeper stranger(family_setting("nonsense"));
  CHECK(end_abandoned_families() >= 1);
  CHECK_FALSE(left.lives());
  CHECK(at_home.lives());
  CHECK(in_another_namespace.lives());
  CHECK(stranger.lives());
}

TEST_CASE("a family whose owner's process id was given away is abandoned") {
  std::string family = new_family();
  const std::string number = family.substr(family.rfind('.'));
  family.resize(family.rfind('.'));
  family.resize(family.rfind('.'));
  const Sleeper left(family_setting(family + ".1" + number));
  end_abandoned_families();
  CHECK_FALSE(left.lives());
}

}  // namespace blitzen::pool::testing
