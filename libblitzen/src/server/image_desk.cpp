#include "server/image_desk.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "blitzen/error.hpp"
#include "blitzen/logging.hpp"
#include "blitzen/proto/archive.hpp"

namespace blitzen::server {
namespace {

constexpr std::string_view nobody_has_it = "no connected driver has the image any more: run the driver again";

/// Empty when the file cannot be read to its end.
base::SharedBytes read_whole(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || status.st_size <= 0) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > image_bytes_max) return {};
  base::SharedBlock* block = base::SharedBlock::make(size);
  base::SharedBytes content(block, 0, static_cast<std::uint32_t>(size));
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = ::pread(fd, block->data() + done, size - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    done += static_cast<std::size_t>(count);
  }
  return content;
}

}  // namespace

ImageDesk::ImageDesk(images::ImageCache cache) : cache_(std::move(cache)) {}

void ImageDesk::offer(net::Channel& driver, const proto::OfferImage& offer) {
  const auto offered = std::count_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return std::find(entry.second.offering.begin(), entry.second.offering.end(), &driver) !=
           entry.second.offering.end();
  });
  if (static_cast<std::size_t>(offered) >= images_per_driver_max) {
    throw proto::DecodeError("a driver may offer at most " + std::to_string(images_per_driver_max) + " images");
  }
  const auto [found, added] = entries_.try_emplace(offer.hash);
  Entry& entry = found->second;
  if (added || entry.name.empty()) {
    entry.name = offer.name;
    entry.architecture = offer.architecture;
  }
  if (std::find(entry.offering.begin(), entry.offering.end(), &driver) != entry.offering.end()) return;
  entry.offering.push_back(&driver);
  if (!entry.stored) entry.stored = cache_.open(offer.hash).has_value();
  if (!entry.stored) obtain(offer.hash, entry);
}

void ImageDesk::receive(net::Channel& driver, const proto::Image& image) {
  const auto found = entries_.find(image.hash);
  if (found == entries_.end() || found->second.asked != &driver) {
    throw proto::DecodeError("an image arrived that nobody asked for");
  }
  Entry& entry = found->second;
  entry.asked = nullptr;
  entry.problem = store(image);
  entry.stored = entry.problem.empty();
  if (entry.stored) {
    logging::get_logger().info("stored image '" + entry.name + "' (" + std::to_string(image.content.size()) +
                               " bytes, SHA-256 " + images::to_hex(image.hash) + ")");
    serve(image.hash, entry);
  } else {
    logging::get_logger().warning("image '" + entry.name + "' did not arrive from " + driver.peer_address() + ": " +
                                  entry.problem);
    std::erase(entry.offering, &driver);
    obtain(image.hash, entry);
  }
  drop_if_unused(image.hash);
}

std::string ImageDesk::store(const proto::Image& image) {
  if (image.content.empty()) return "the driver could not send the image: " + image.problem;
  if (image.content.size() > image_bytes_max) {
    return "the image has " + std::to_string(image.content.size()) + " bytes, more than the " +
           std::to_string(image_bytes_max) + " that can be passed on; strip it, or link less of it statically";
  }
  try {
    cache_.put(image.hash, image.content);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

void ImageDesk::request(net::Channel& client, const proto::ImageHash& hash) {
  Entry& entry = entries_[hash];
  if (std::find(entry.waiting.begin(), entry.waiting.end(), &client) == entry.waiting.end()) {
    entry.waiting.push_back(&client);
  }
  // An earlier server with the same cache may have stored it.
  if (entry.asked == nullptr) serve(hash, entry);
  drop_if_unused(hash);
}

void ImageDesk::forget(const net::Channel& peer) {
  std::erase(receiving_, &peer);
  std::vector<proto::ImageHash> touched;
  for (auto& [hash, entry] : entries_) {
    const bool was_offering = std::erase(entry.offering, &peer) > 0;
    const bool was_waiting = std::erase(entry.waiting, &peer) > 0;
    if (was_offering || was_waiting) touched.push_back(hash);
  }
  for (const proto::ImageHash& hash : touched) {
    Entry& entry = entries_.at(hash);
    if (entry.asked == &peer) {
      entry.asked = nullptr;
      entry.problem = "the driver that had the image went away before it had sent it";
      obtain(hash, entry);
    }
    drop_if_unused(hash);
  }
  deliver();
}

void ImageDesk::deliver() {
  if (!std::exchange(delivery_waits_, false)) return;
  for (auto& [hash, entry] : entries_) {
    if (entry.asked == nullptr && !entry.waiting.empty()) serve(hash, entry);
  }
}

/// Asks the next driver that has the image; when there is none, everybody who waits for it is told so.
void ImageDesk::obtain(const proto::ImageHash& hash, Entry& entry) {
  if (entry.asked != nullptr) return;
  if (entry.offering.empty()) return refuse(hash, entry);
  entry.asked = entry.offering.front();
  entry.asked->send(proto::RequestImage{hash});
}

void ImageDesk::serve(const proto::ImageHash& hash, Entry& entry) {
  while (!entry.waiting.empty()) {
    if (!may_deliver()) {
      delivery_waits_ = true;
      return;
    }
    entry.stored = load(hash);
    if (!entry.stored) return obtain(hash, entry);
    net::Channel* client = entry.waiting.front();
    entry.waiting.erase(entry.waiting.begin());
    receiving_.push_back(client);
    client->send(proto::Image{hash, entry.name, entry.architecture, recent_->content.bytes(), {}});
  }
}

void ImageDesk::refuse(const proto::ImageHash& hash, Entry& entry) {
  const std::string problem = entry.problem.empty() ? std::string(nobody_has_it) : entry.problem;
  for (net::Channel* client : std::exchange(entry.waiting, {})) {
    client->send(proto::Image{hash, entry.name, entry.architecture, {}, problem});
  }
}

/// Makes `recent_` the image; false if the cache does not have it (any more).
bool ImageDesk::load(const proto::ImageHash& hash) {
  if (recent_ && recent_->hash == hash) return true;
  const std::optional<base::UniqueFd> file = cache_.open(hash);
  if (!file) return false;
  base::SharedBytes content = read_whole(file->get());
  if (content.empty()) return false;
  recent_ = Recent{hash, std::move(content)};
  return true;
}

bool ImageDesk::may_deliver() {
  std::erase_if(receiving_, [](const net::Channel* client) { return client->unsent_bytes() < delivery_rest_bytes; });
  return receiving_.size() < image_deliveries_max;
}

void ImageDesk::drop_if_unused(const proto::ImageHash& hash) {
  const auto found = entries_.find(hash);
  if (found == entries_.end() || !found->second.offering.empty() || !found->second.waiting.empty()) return;
  if (recent_ && recent_->hash == hash) recent_.reset();
  entries_.erase(found);
}

}  // namespace blitzen::server
