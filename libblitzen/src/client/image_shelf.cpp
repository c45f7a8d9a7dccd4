#include "client/image_shelf.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "blitzen/error.hpp"

namespace blitzen::client {
namespace {

/// Enough of a hash to tell images apart in a sentence.
constexpr std::size_t short_hash_digits = 12;

}  // namespace

std::size_t ImageShelf::HashOfHash::operator()(const proto::ImageHash& hash) const noexcept {
  std::size_t prefix = 0;
  std::memcpy(&prefix, hash.data(), sizeof prefix);
  return prefix;
}

ImageShelf::ImageShelf(images::ImageCache cache, std::string architecture, pool::ImageId first_id)
    : cache_(std::move(cache)), architecture_(std::move(architecture)), next_id_(static_cast<std::uint32_t>(first_id)) {
  one_too_many_.state = ImageState::unusable;
  one_too_many_.problem = "this client has run " + std::to_string(images_max) +
                          " different images since it started: restart it to make room for more";
}

ShelvedImage& ImageShelf::find(const proto::ImageHash& hash) {
  const auto known = images_.find(hash);
  if (known == images_.end() && images_.size() >= images_max) return one_too_many_;
  ShelvedImage& image = known == images_.end() ? images_[hash] : known->second;
  if (image.state == ImageState::absent) look_into_cache(hash, image);
  return image;
}

void ImageShelf::look_into_cache(const proto::ImageHash& hash, ShelvedImage& image) {
  auto file = cache_.open(hash);
  if (!file) return;
  image.file = std::move(*file);
  image.id = pool::ImageId{next_id_++};
  if (image.name.empty()) image.name = images::to_hex(hash).substr(0, short_hash_digits);
  image.problem.clear();
  image.state = ImageState::ready;
}

ShelvedImage* ImageShelf::receive(const proto::Image& image) {
  const auto found = images_.find(image.hash);
  if (found == images_.end() || found->second.state != ImageState::awaited) return nullptr;
  ShelvedImage& shelved = found->second;
  shelved.state = ImageState::absent;
  shelved.name = image.name;
  if (!image.problem.empty()) {
    shelved.problem = image.problem;
  } else if (image.architecture != architecture_) {
    shelved.state = ImageState::unusable;
    shelved.problem =
        "the image '" + image.name + "' is for " + image.architecture + ", this machine is " + architecture_;
  } else {
    try {
      cache_.put(image.hash, image.content);
      look_into_cache(image.hash, shelved);
      if (shelved.state != ImageState::ready) {
        shelved.problem = "the image '" + image.name + "' vanished from the client's image cache: make that larger";
      }
    } catch (const Error& error) {
      shelved.problem = error.what();
    }
  }
  return &shelved;
}

bool ImageShelf::has_waiting_tasks() const {
  return std::any_of(images_.begin(), images_.end(), [](const auto& entry) { return !entry.second.waiting.empty(); });
}

std::vector<HeldTask> ImageShelf::take_back(std::size_t count) {
  std::vector<HeldTask> taken;
  for (auto& [hash, image] : images_) {
    for (; !image.waiting.empty() && taken.size() < count; image.waiting.pop_back()) {
      taken.push_back(std::move(image.waiting.back()));
    }
  }
  return taken;
}

void ImageShelf::drop(const TagSet& tags) {
  for (auto& [hash, image] : images_) {
    std::erase_if(image.waiting, [&](const HeldTask& task) { return tags.contains(task.tag); });
  }
}

void ImageShelf::forget_awaited() {
  for (auto& [hash, image] : images_) {
    image.waiting.clear();
    if (image.state == ImageState::awaited) image.state = ImageState::absent;
  }
}

}  // namespace blitzen::client
