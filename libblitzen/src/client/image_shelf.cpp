#include "client/image_shelf.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <cstring>
#include <utility>

#include "blitzen/logging.hpp"
#include "proto/limits.hpp"

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

ImageShelf::ImageShelf(asio::io_context& io, images::ImageCache cache, std::string architecture, pool::ImageId first_id,
                       OnNews on_news)
    : cache_directory_(cache.directory()),
      on_news_(std::move(on_news)),
      architecture_(std::move(architecture)),
      next_id_(static_cast<std::uint32_t>(first_id)),
      worker_(std::move(cache), [&io](std::function<void()> done) { asio::post(io, std::move(done)); }) {
  one_too_many_.state = ImageState::unusable;
  one_too_many_.problem = "this client has run " + std::to_string(proto::images_per_client_max) +
                          " different images since it started: restart it to make room for more";
}

ShelvedImage& ImageShelf::find(const proto::ImageHash& hash) {
  const auto known = images_.find(hash);
  if (known == images_.end() && images_.size() >= proto::images_per_client_max) return one_too_many_;
  ShelvedImage& image = known == images_.end() ? images_[hash] : known->second;
  if (image.state == ImageState::absent) look_into_cache(hash, image);
  return image;
}

void ImageShelf::look_into_cache(const proto::ImageHash& hash, ShelvedImage& image) {
  image.state = ImageState::sought;
  image.problem.clear();
  worker_.open(hash, [this, hash](base::UniqueFd file) {
    ShelvedImage& found = images_.at(hash);
    found.state = ImageState::absent;
    if (file) make_ready(hash, found, std::move(file));
    on_news_(hash, found);
  });
}

void ImageShelf::put_into_cache(const proto::ImageHash& hash, ShelvedImage& image, base::SharedBytes content) {
  image.state = ImageState::arriving;
  const std::size_t bytes = content.size();
  worker_.put(hash, std::move(content), [this, hash, bytes](base::UniqueFd file, const std::string& problem) {
    ShelvedImage& found = images_.at(hash);
    found.state = ImageState::absent;
    found.problem = problem;
    if (file) {
      logging::get_logger().info("fetched the image '" + found.name + "' (" + std::to_string(bytes / 1024) + " KiB)");
      make_ready(hash, found, std::move(file));
    }
    on_news_(hash, found);
  });
}

void ImageShelf::make_ready(const proto::ImageHash& hash, ShelvedImage& image, base::UniqueFd file) {
  image.file = std::move(file);
  image.id = pool::ImageId{next_id_++};
  if (image.name.empty()) image.name = images::to_hex(hash).substr(0, short_hash_digits);
  image.state = ImageState::ready;
}

ShelvedImage* ImageShelf::receive(const proto::Image& image, const base::SharedBytes& body) {
  const auto found = images_.find(image.hash);
  if (found == images_.end() || found->second.state != ImageState::awaited) return nullptr;
  ShelvedImage& shelved = found->second;
  shelved.state = ImageState::absent;
  shelved.name = image.name;
  if (!image.problem.empty()) {
    shelved.problem = image.problem;
  } else if (!image.architecture.empty() && image.architecture != architecture_) {
    shelved.state = ImageState::unusable;
    shelved.problem =
        "the image '" + image.name + "' is for " + image.architecture + ", this machine is " + architecture_;
  } else {
    put_into_cache(image.hash, shelved, body.slice(image.content));
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
