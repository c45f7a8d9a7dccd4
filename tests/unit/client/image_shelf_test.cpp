#include "client/image_shelf.hpp"

#include <catch2/catch.hpp>

#include "client_rig.hpp"

using namespace blitzen;
using client::ImageShelf;
using client::ImageState;

namespace {

struct ShelfRig {
  client::TemporaryDirectory directory;
  ImageShelf shelf{images::ImageCache(directory.path() / "cache"), "x86_64", pool::ImageId{1}};
  std::string content = "an image";
  proto::Image image;

  ShelfRig() {
    image.content = base::as_bytes(content);
    image.hash = images::hash_bytes(image.content);
    image.name = "simulate";
    image.architecture = "x86_64";
  }
  client::ShelvedImage& await() {
    client::ShelvedImage& shelved = shelf.find(image.hash);
    shelved.state = ImageState::awaited;
    return shelved;
  }
};

client::HeldTask task(std::uint64_t number) { return {{0, number}, nullptr, {}, {}}; }

}  // namespace

TEST_CASE("an image that arrives is ready, also for the next shelf on the same cache") {
  ShelfRig rig;
  rig.await();
  const client::ShelvedImage* received = rig.shelf.receive(rig.image);
  REQUIRE(received != nullptr);
  CHECK(received->state == ImageState::ready);
  CHECK(received->name == "simulate");
  CHECK(received->id == pool::ImageId{1});
  ImageShelf next(images::ImageCache(rig.directory.path() / "cache"), "x86_64", pool::ImageId{1});
  CHECK(next.find(rig.image.hash).state == ImageState::ready);
}

TEST_CASE("an image that nobody awaits is ignored") {
  ShelfRig rig;
  CHECK(rig.shelf.receive(rig.image) == nullptr);
  CHECK(rig.shelf.find(rig.image.hash).state == ImageState::absent);
}

TEST_CASE("an image for another architecture is unusable for good") {
  ShelfRig rig;
  rig.await();
  rig.image.architecture = "aarch64";
  CHECK(rig.shelf.receive(rig.image)->state == ImageState::unusable);
  CHECK(rig.shelf.find(rig.image.hash).problem == "the image 'simulate' is for aarch64, this machine is x86_64");
}

TEST_CASE("an image that the server cannot get may be asked for again") {
  ShelfRig rig;
  rig.await();
  rig.image.problem = "its driver is gone";
  CHECK(rig.shelf.receive(rig.image)->problem == "its driver is gone");
  CHECK(rig.shelf.find(rig.image.hash).state == ImageState::absent);
}

TEST_CASE("an image that arrives damaged is not used") {
  ShelfRig rig;
  rig.await();
  rig.image.content = base::as_bytes("something else");
  const client::ShelvedImage* received = rig.shelf.receive(rig.image);
  CHECK(received->state == ImageState::absent);
  CHECK_THAT(received->problem, Catch::Contains("damaged"));
}

TEST_CASE("the youngest tasks that wait for an image are taken back first") {
  ShelfRig rig;
  client::ShelvedImage& shelved = rig.await();
  for (std::uint64_t number = 1; number <= 4; ++number) shelved.waiting.push_back(task(number));
  const auto taken = rig.shelf.take_back(2);
  REQUIRE(taken.size() == 2);
  CHECK(taken.front().tag.low == 4);
  CHECK(taken.back().tag.low == 3);
  CHECK(rig.shelf.has_waiting_tasks());
}

TEST_CASE("waiting tasks can be dropped by tag") {
  ShelfRig rig;
  client::ShelvedImage& shelved = rig.await();
  for (std::uint64_t number = 1; number <= 3; ++number) shelved.waiting.push_back(task(number));
  rig.shelf.drop({{0, 1}, {0, 3}});
  REQUIRE(shelved.waiting.size() == 1);
  CHECK(shelved.waiting.front().tag.low == 2);
}

TEST_CASE("with the connection go the tasks and images that were awaited") {
  ShelfRig rig;
  rig.await().waiting.push_back(task(1));
  rig.shelf.forget_awaited();
  CHECK_FALSE(rig.shelf.has_waiting_tasks());
  CHECK(rig.shelf.receive(rig.image) == nullptr);
}

TEST_CASE("a client runs a limited number of images and says so") {
  ShelfRig rig;
  for (std::size_t i = 0; i < client::images_max; ++i) {
    proto::ImageHash hash{};
    hash[0] = std::byte(i & 0xFFU);
    hash[1] = std::byte(i >> 8U);
    CHECK(rig.shelf.find(hash).state == ImageState::absent);
  }
  CHECK(rig.shelf.find(rig.image.hash).state == ImageState::unusable);
  CHECK_THAT(rig.shelf.find(rig.image.hash).problem, Catch::Contains("restart it"));
}
