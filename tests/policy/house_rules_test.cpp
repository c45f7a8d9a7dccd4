#include "house_rules.hpp"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <fstream>

using blitzen::policy::broken_rules;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// An empty repository that is gone when it goes out of scope.
class Repository {
 public:
  Repository() {
    std::string name = (fs::temp_directory_path() / "blitzen-policy-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;
  ~Repository() { fs::remove_all(root_); }

  void add(const fs::path& file, const std::string& content) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << content;
  }
  [[nodiscard]] const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("the rules of the house hold in this repository") {
  for (const auto& sentence : broken_rules(BLITZEN_REPOSITORY)) FAIL_CHECK(sentence);
  SUCCEED();
}

TEST_CASE("a planted breach is found, with its line and what to do instead") {
  const auto [file, content, sentence] = GENERATE(table<const char*, const char*, const char*>({
      {"libblitzen/src/core/a.cpp", "\n#include \"net/channel.hpp\"\n", ":2: libblitzen/src/core/ must not include"},
      {"libblitzen/src/core/a.cpp", "#include \"blitzen/error.hpp\"\n", "it may include core/"},
      {"libblitzen/src/pool/a.hpp", "#include \"core/ids.hpp\"\n", "it may include pool/"},
      {"libblitzen/src/net/a.hpp", "#include \"core/ids.hpp\"\n", "it may include net/"},
      {"libblitzen/src/server/a.cpp", "#include \"pool/pool.hpp\"\n", "must not include"},
      {"libblitzen/src/client/a.cpp", "#include \"core/ids.hpp\"\n", "must not include"},
      {"libblitzen/src/client/a.cpp", "#include \"journal/store.hpp\"\n", "must not include"},
      {"libblitzen/src/journal/a.cpp", "#include \"proto/packets.hpp\"\n", "it may include journal/"},
      {"libblitzen/src/server/a.cpp", "#include <sqlite3.h>\n", "libblitzen/src/journal/"},
      {"libblitzen/src/client/a.cpp", "#include \"apps/common/values.hpp\"\n", "must not include"},
      {"libblitzen/include/blitzen/a.hpp", "#include \"net/channel.hpp\"\n", "must not include"},
      {"proto/a.cpp", "#include \"core/ids.hpp\"\n", "must not include"},
      {"apps/server/a.cpp", "#include \"server/host.hpp\"\n", "must not include"},
      {"libblitzen/include/blitzen/a.hpp", "#include <asio.hpp>\n", "<asio.hpp> does not belong here"},
      {"libblitzen/include/blitzen/a.hpp", "#include <spdlog/logger.h>\n", "libblitzen/src/logging/"},
      {"libblitzen/include/blitzen/a.hpp", "#include <openssl/evp.h>\n", "does not belong here"},
      {"libblitzen/src/server/a.cpp", "#include <CLI/App.hpp>\n", "only these may include it: apps/"},
      {"libblitzen/src/core/a.cpp", "#include <thread>\n", "leave that to its host"},
      {"libblitzen/src/core/a.cpp", "#include <unistd.h>\n", "leave that to its host"},
      {"libblitzen/src/core/a.cpp", "auto t = std::chrono::steady_clock::now();\n", "the argument `now`"},
      {"libblitzen/src/core/a.cpp", "std::mutex m;\n", "leave them to its host"},
      {"libblitzen/src/core/a.cpp", "std::mt19937 r;\n", "as an argument"},
      {"libblitzen/src/pool/a.cpp", "std::chrono::system_clock::now();\n", "use std::chrono::steady_clock"},
      {"tests/unit/core/a.cpp", "std::this_thread::sleep_for(1s);\n", "wait for the event"},
      {"apps/a.cpp", "for (int i : std::views::reverse(all)) use(i);\n", "use iterators"},
      {"apps/a.cpp", "std::ranges::unique(all);\n", "use iterators"},
      {"tests/unit/core/a.cpp", "usleep(1);\n", "wait for the event"},
      {"apps/server/a.cpp", "using namespace std;\n", "name what you use"},
      {"libblitzen/src/pool/a.cpp", "auto t = __rdtsc();\n", "builds on x86-64 only"},
  }));
  CAPTURE(file, content);
  const Repository repository;
  repository.add(file, content);
  const auto broken = broken_rules(repository.root());
  REQUIRE_FALSE(broken.empty());
  CHECK_THAT(broken.front(), Catch::Matchers::StartsWith(std::string{file} + ':'));
  CHECK(std::any_of(broken.begin(), broken.end(),
                    [sentence = sentence](auto& b) { return b.find(sentence) != std::string::npos; }));
}

TEST_CASE("a file that is too long is found") {
  const Repository repository;
  repository.add("proto/a.cpp", std::string(601, '\n'));
  const auto broken = broken_rules(repository.root());
  REQUIRE(broken.size() == 1);
  CHECK_THAT(broken.front(), Contains("split it by subject"));
}

TEST_CASE("what stands in a comment or a literal breaks no rule") {
  const Repository repository;
  repository.add("libblitzen/src/core/a.cpp",
                 "// std::mutex\n/* std::thread\n std::mutex */\nauto s = \"std::mutex \\\" std::mutex\";\n"
                 "auto n = 50'000;  // usleep('x')\nauto r = R\"(std::mutex)\";\n");
  CHECK(broken_rules(repository.root()).empty());
}

TEST_CASE("what the rules allow is not reported") {
  const Repository repository;
  repository.add("libblitzen/src/core/a.cpp", "#include <vector>\n#include \"core/ids.hpp\"\n");
  repository.add("libblitzen/src/net/a.cpp", "#include <asio/io_context.hpp>\n#include \"proto/packets.hpp\"\n");
  repository.add("tests/unit/core/a.cpp", "using namespace std::chrono_literals;\n");
  CHECK(broken_rules(repository.root()).empty());
}
