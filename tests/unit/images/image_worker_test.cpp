#include "images/image_worker.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "images/image_hash.hpp"
#include "tests/support/held_up.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace blitzen;
namespace fs = std::filesystem;

namespace {

/// The owner's side: what was posted is called when the test says so.
class Loop {
 public:
  [[nodiscard]] images::ImageWorker::Post post() {
    return [this](std::function<void()> call) {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      came_.notify_one();
    };
  }
  /// Waits for the next call and makes it.
  void run_one() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !calls_.empty(); });
    const auto call = std::move(calls_.front());
    calls_.pop_front();
    lock.unlock();
    call();
  }
  void run_what_is_there() {
    for (std::size_t count = size(); count > 0; --count) run_one();
  }
  [[nodiscard]] std::size_t size() {
    const std::lock_guard lock(mutex_);
    return calls_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::function<void()>> calls_;
};

struct WorkerRig {
  testing::TemporaryDirectory home;
  fs::path directory = home.path() / "cache";
  std::string content = "an image";
  proto::ImageHash hash = images::hash_bytes(base::as_bytes(content));
  testing::HeldUp held_up;
  Loop loop;
  std::optional<images::ImageWorker> worker;

  WorkerRig() { worker.emplace(held_up.make_cache(directory), loop.post()); }
  WorkerRig(const WorkerRig&) = delete;
  WorkerRig& operator=(const WorkerRig&) = delete;
  ~WorkerRig() {
    held_up.let_go();
    worker.reset();
  }
  [[nodiscard]] base::SharedBytes bytes() const { return base::SharedBytes::copy_of(base::as_bytes(content)); }
};

}  // namespace

TEST_CASE("a worker puts, opens and reads images, and tells so in its owner's thread") {
  WorkerRig rig;
  const auto self = std::this_thread::get_id();
  int told = 0;
  rig.worker->open(rig.hash, [&](const base::UniqueFd& file) {
    CHECK_FALSE(file);
    ++told;
  });
  rig.worker->put(rig.hash, rig.bytes(), [&](const base::UniqueFd& file, const std::string& problem) {
    CHECK(images::hash_file(file.get()) == rig.hash);
    CHECK(problem.empty());
    CHECK(std::this_thread::get_id() == self);
    ++told;
  });
  rig.worker->open(rig.hash, [&](const base::UniqueFd& file) {
    CHECK(images::hash_file(file.get()) == rig.hash);
    ++told;
  });
  rig.worker->read(rig.hash, [&](const base::SharedBytes& content) {
    CHECK(base::as_text(content.bytes()) == rig.content);
    ++told;
  });
  CHECK(told == 0);
  for (int i = 0; i < 4; ++i) rig.loop.run_one();
  CHECK(told == 4);
}

TEST_CASE("a worker says why an image cannot be put") {
  WorkerRig rig;
  std::string why;
  rig.worker->put(images::hash_bytes({}), rig.bytes(), [&](const base::UniqueFd& file, const std::string& problem) {
    CHECK_FALSE(file);
    why = problem;
  });
  rig.loop.run_one();
  CHECK_THAT(why, Catch::Contains("damaged"));
}

TEST_CASE("the owner is not kept waiting by what a worker does") {
  WorkerRig rig;
  testing::HeldUp::damage(rig.directory, rig.hash);
  bool opened = false;
  bool put = false;
  rig.worker->open(rig.hash, [&](const base::UniqueFd&) { opened = true; });
  rig.held_up.wait();
  rig.worker->put(rig.hash, rig.bytes(), [&](const base::UniqueFd&, const std::string&) { put = true; });
  CHECK(rig.loop.size() == 0);
  rig.held_up.let_go();
  rig.loop.run_one();
  CHECK((opened && !put));
  rig.loop.run_one();
  CHECK(put);
}

TEST_CASE("a worker that is gone tells nothing, not even what it has done") {
  WorkerRig rig;
  int told = 0;
  testing::HeldUp::damage(rig.directory, rig.hash);
  const auto other = images::hash_bytes(base::as_bytes("another"));
  rig.worker->open(other, [&](const base::UniqueFd&) { ++told; });
  rig.worker->open(rig.hash, [&](const base::UniqueFd&) { ++told; });
  rig.worker->open(other, [&](const base::UniqueFd&) { ++told; });
  rig.held_up.wait();
  CHECK(rig.loop.size() == 1);
  rig.held_up.let_go();
  rig.worker.reset();
  rig.loop.run_what_is_there();
  CHECK(told == 0);
}

TEST_CASE("a worker in its owner's thread has done its work when it is asked, and tells so later") {
  WorkerRig rig;
  rig.worker.emplace(images::ImageCache{rig.directory}, rig.loop.post(), images::WorkIn::owners_thread);
  bool put = false;
  rig.worker->put(rig.hash, rig.bytes(), [&](const base::UniqueFd&, const std::string&) { put = true; });
  CHECK(images::ImageCache{rig.directory}.read(rig.hash).bytes().size() == rig.content.size());
  CHECK_FALSE(put);
  CHECK(rig.loop.size() == 1);
  rig.loop.run_one();
  CHECK(put);
}
