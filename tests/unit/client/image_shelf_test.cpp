#include "client/image_shelf.hpp"

#include <asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "client_rig.hpp"
#include "proto/limits.hpp"

using namespace blitzen;
using client::ImageShelf;
using client::ImageState;

namespace {

struct ShelfRig {
  client::TemporaryDirectory directory;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> keeps_running{io.get_executor()};
  std::size_t news = 0;
  std::unique_ptr<ImageShelf> shelf = make_shelf();
  base::SharedBytes content = base::SharedBytes::copy_of(base::as_bytes("an image"));
  proto::Image image;

  ShelfRig() {
    image.content = content.bytes();
    image.hash = images::hash_bytes(image.content);
    image.name = "simulate";
    image.architecture = "x86_64";
  }
  [[nodiscard]] std::unique_ptr<ImageShelf> make_shelf() {
    return std::make_unique<ImageShelf>(io, images::ImageCache(directory.path() / "cache"), "x86_64", pool::ImageId{1},
                                        [this](const proto::ImageHash&, const client::ShelvedImage&) { ++news; });
  }
  void wait_for_news() {
    for (const std::size_t before = news; news == before;) io.run_one();
  }
  /// What became of the search.
  client::ShelvedImage& find() {
    client::ShelvedImage& shelved = shelf->find(image.hash);
    if (shelved.state == ImageState::sought) wait_for_news();
    return shelved;
  }
  client::ShelvedImage& await() {
    client::ShelvedImage& shelved = find();
    shelved.state = ImageState::awaited;
    return shelved;
  }
  client::ShelvedImage* receive() { return shelf->receive(image, content); }
};

client::HeldTask task(std::uint64_t number) { return {{0, number}, nullptr, {}, {}}; }

}  // namespace

TEST_CASE("an image that arrives is ready, also for the next shelf on the same cache") {
  ShelfRig rig;
  rig.await();
  const client::ShelvedImage* received = rig.receive();
  REQUIRE(received != nullptr);
  CHECK(received->state == ImageState::arriving);
  rig.wait_for_news();
  CHECK(received->state == ImageState::ready);
  CHECK(received->name == "simulate");
  CHECK(received->id == pool::ImageId{1});
  rig.shelf = rig.make_shelf();
  CHECK(rig.find().state == ImageState::ready);
}

TEST_CASE("an image is looked for once, however often it is wanted") {
  ShelfRig rig;
  CHECK(rig.shelf->find(rig.image.hash).state == ImageState::sought);
  CHECK(rig.shelf->find(rig.image.hash).state == ImageState::sought);
  rig.wait_for_news();
  rig.io.poll();
  CHECK(rig.news == 1);
}

TEST_CASE("an image that nobody awaits is ignored") {
  ShelfRig rig;
  CHECK(rig.receive() == nullptr);
  CHECK(rig.find().state == ImageState::absent);
}

TEST_CASE("an image that comes twice is taken once") {
  ShelfRig rig;
  rig.await();
  CHECK(rig.receive() != nullptr);
  CHECK(rig.receive() == nullptr);
}

TEST_CASE("an image of which nobody remembers the architecture is tried") {
  ShelfRig rig;
  rig.await();
  rig.image.architecture = {};
  rig.image.name = {};
  const client::ShelvedImage* received = rig.receive();
  rig.wait_for_news();
  CHECK(received->state == ImageState::ready);
  CHECK_FALSE(received->name.empty());
}

TEST_CASE("an image for another architecture is unusable for good") {
  ShelfRig rig;
  rig.await();
  rig.image.architecture = "aarch64";
  CHECK(rig.receive()->state == ImageState::unusable);
  CHECK(rig.find().problem == "the image 'simulate' is for aarch64, this machine is x86_64");
}

TEST_CASE("an image that the server cannot get may be asked for again") {
  ShelfRig rig;
  rig.await();
  rig.image.problem = "its driver is gone";
  CHECK(rig.receive()->problem == "its driver is gone");
  CHECK(rig.find().state == ImageState::absent);
  CHECK(rig.find().problem.empty());
}

TEST_CASE("an image that arrives damaged is not used") {
  ShelfRig rig;
  rig.await();
  rig.content = base::SharedBytes::copy_of(base::as_bytes("something else"));
  rig.image.content = rig.content.bytes();
  const client::ShelvedImage* received = rig.receive();
  rig.wait_for_news();
  CHECK(received->state == ImageState::absent);
  CHECK_THAT(received->problem, Catch::Contains("damaged"));
}

TEST_CASE("the youngest tasks that wait for an image are taken back first") {
  ShelfRig rig;
  client::ShelvedImage& shelved = rig.await();
  for (std::uint64_t number = 1; number <= 4; ++number) shelved.waiting.push_back(task(number));
  const auto taken = rig.shelf->take_back(2);
  REQUIRE(taken.size() == 2);
  CHECK(taken.front().tag.low == 4);
  CHECK(taken.back().tag.low == 3);
  CHECK(rig.shelf->has_waiting_tasks());
}

TEST_CASE("waiting tasks can be dropped by tag") {
  ShelfRig rig;
  client::ShelvedImage& shelved = rig.await();
  for (std::uint64_t number = 1; number <= 3; ++number) shelved.waiting.push_back(task(number));
  rig.shelf->drop({{0, 1}, {0, 3}});
  REQUIRE(shelved.waiting.size() == 1);
  CHECK(shelved.waiting.front().tag.low == 2);
}

TEST_CASE("with the connection go the tasks and images that were awaited") {
  ShelfRig rig;
  rig.await().waiting.push_back(task(1));
  rig.shelf->forget_awaited();
  CHECK_FALSE(rig.shelf->has_waiting_tasks());
  CHECK(rig.receive() == nullptr);
}

TEST_CASE("an image that is arriving when the connection is lost is there for the next one") {
  ShelfRig rig;
  client::ShelvedImage& shelved = rig.await();
  shelved.waiting.push_back(task(1));
  CHECK(rig.receive() != nullptr);
  rig.shelf->forget_awaited();
  CHECK_FALSE(rig.shelf->has_waiting_tasks());
  rig.wait_for_news();
  CHECK(shelved.state == ImageState::ready);
}

TEST_CASE("a client runs a limited number of images and says so") {
  ShelfRig rig;
  for (std::size_t i = 0; i < proto::images_per_client_max; ++i) {
    proto::ImageHash hash{};
    hash[0] = std::byte(i & 0xFFU);
    hash[1] = std::byte(i >> 8U);
    CHECK(rig.shelf->find(hash).state == ImageState::sought);
  }
  CHECK(rig.shelf->find(rig.image.hash).state == ImageState::unusable);
  CHECK_THAT(rig.shelf->find(rig.image.hash).problem, Catch::Contains("restart it"));
}
