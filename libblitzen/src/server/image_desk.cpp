#include "server/image_desk.hpp"

#include <algorithm>
#include <utility>

#include "blitzen/logging.hpp"
#include "blitzen/proto/archive.hpp"
#include "proto/limits.hpp"

namespace blitzen::server {
namespace {

constexpr std::string_view nobody_has_it = "no connected driver has the image any more: run the driver again";

bool contains(const std::vector<net::Channel*>& channels, const net::Channel& channel) {
  return std::find(channels.begin(), channels.end(), &channel) != channels.end();
}

/// Why what a driver sent is no image to store; empty if it may be one.
std::string fault_of(const proto::Image& image) {
  if (image.content.empty()) return "the driver could not send the image: " + image.problem;
  if (image.content.size() <= proto::image_bytes_max) return {};
  return "the image has " + std::to_string(image.content.size()) + " bytes, more than the " +
         std::to_string(proto::image_bytes_max) + " that can be passed on; strip it, or link less of it statically";
}

}  // namespace

ImageDesk::ImageDesk(EventLoop& loop, images::ImageCache cache, images::WorkIn work_in, std::function<void()> on_news)
    : on_news_(std::move(on_news)),
      worker_(
          std::move(cache), [&loop](std::function<void()> done) { loop.post(std::move(done)); }, work_in) {}

void ImageDesk::offer(net::Channel& driver, const proto::OfferImage& offer) {
  if (entries_with(&Entry::offering, driver) >= images_per_driver_max) {
    throw proto::DecodeError("a driver may offer at most " + std::to_string(images_per_driver_max) + " images");
  }
  const auto [found, added] = entries_.try_emplace(offer.hash);
  Entry& entry = found->second;
  if (added || entry.name.empty()) {
    entry.name = offer.name;
    entry.architecture = offer.architecture;
  }
  if (contains(entry.offering, driver)) return;
  entry.offering.push_back(&driver);
  if (!entry.stored && is_settled(entry)) look_for(offer.hash, entry);
}

void ImageDesk::receive(net::Channel& driver, const proto::Image& image, const base::SharedBytes& body) {
  const auto found = entries_.find(image.hash);
  if (found == entries_.end() || found->second.asked != &driver || found->second.at_work) {
    throw proto::DecodeError("an image arrived that nobody asked for");
  }
  const std::string fault = fault_of(image);
  if (fault.empty()) return store(image.hash, found->second, body.slice(image.content));
  not_received(image.hash, found->second, driver.peer_address(), fault);
  drop_if_unused(image.hash);
  on_news_();
}

// What the worker does. An entry of which it has an image is not dropped.

ImageDesk::Entry& ImageDesk::work_ended(const proto::ImageHash& hash) {
  Entry& entry = entries_.at(hash);
  entry.at_work = false;
  return entry;
}

void ImageDesk::look_for(const proto::ImageHash& hash, Entry& entry) {
  entry.at_work = true;
  worker_.open(hash, [this, hash](const base::UniqueFd& file) {
    Entry& found = work_ended(hash);
    found.stored = static_cast<bool>(file);
    found.stored ? serve(hash, found) : obtain(hash, found);
    drop_if_unused(hash);
    on_news_();
  });
}

void ImageDesk::store(const proto::ImageHash& hash, Entry& entry, const base::SharedBytes& content) {
  entry.at_work = true;
  const std::string sender = entry.asked->peer_address();
  worker_.put(hash, content, [this, hash, content, sender](const base::UniqueFd& file, const std::string& problem) {
    Entry& found = work_ended(hash);
    file ? stored(hash, found, content) : not_received(hash, found, sender, "the server " + problem);
    drop_if_unused(hash);
    on_news_();
  });
}

void ImageDesk::read(const proto::ImageHash& hash, Entry& entry) {
  entry.at_work = true;
  worker_.read(hash, [this, hash](base::SharedBytes content) {
    Entry& found = work_ended(hash);
    found.stored = !content.empty();
    if (found.stored) {
      recent_ = Recent{hash, std::move(content)};
      serve(hash, found);
    } else {
      obtain(hash, found);
    }
    drop_if_unused(hash);
  });
}

void ImageDesk::stored(const proto::ImageHash& hash, Entry& entry, base::SharedBytes content) {
  logging::get_logger().info("stored image '" + entry.name + "' (" + std::to_string(content.size()) +
                             " bytes, SHA-256 " + images::to_hex(hash) + ")");
  entry.asked = nullptr;
  entry.stored = true;
  if (!entry.waiting.empty()) recent_ = Recent{hash, std::move(content)};
  serve(hash, entry);
}

/// `sender` may have left meanwhile.
void ImageDesk::not_received(const proto::ImageHash& hash, Entry& entry, const std::string& sender,
                             const std::string& problem) {
  logging::get_logger().warning("image '" + entry.name + "' did not arrive from " + sender + ": " + problem);
  entry.problem = problem;
  std::erase(entry.offering, std::exchange(entry.asked, nullptr));
  obtain(hash, entry);
}

// Who wants it.

void ImageDesk::request(net::Channel& client, const proto::ImageHash& hash) {
  if (entries_with(&Entry::waiting, client) >= proto::images_per_client_max) {
    throw proto::DecodeError("a client may wait for at most " + std::to_string(proto::images_per_client_max) +
                             " images");
  }
  if (const auto denied = denied_.find(&client); denied != denied_.end()) denied->second.erase(hash);
  Entry& entry = entries_[hash];
  if (!contains(entry.waiting, client)) entry.waiting.push_back(&client);
  // An earlier server with the same cache may have stored it.
  if (is_settled(entry)) serve(hash, entry);
  drop_if_unused(hash);
}

void ImageDesk::forget(const net::Channel& peer) {
  std::erase(receiving_, &peer);
  denied_.erase(&peer);
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
      // Unless all of it is here.
      if (!entry.at_work) {
        entry.problem = "the driver that had the image went away before it had sent it";
        obtain(hash, entry);
      }
    }
    drop_if_unused(hash);
  }
  deliver();
}

bool ImageDesk::was_denied(const net::Channel& client, const proto::ImageHash& hash) const {
  const auto denied = denied_.find(&client);
  return denied != denied_.end() && denied->second.contains(hash);
}

bool ImageDesk::can_be_had(const proto::ImageHash& hash) const {
  const auto found = entries_.find(hash);
  return found != entries_.end() && (found->second.stored || found->second.at_work || !found->second.offering.empty());
}

KeptImage ImageDesk::keep(const proto::ImageHash& hash) {
  std::erase_if(kept_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<const base::UniqueFd>& kept = kept_[hash];
  // It may have come since it was looked for in vain.
  if (KeptImage already = kept.lock(); already && *already) return already;
  const auto file = std::make_shared<base::UniqueFd>();
  kept = file;
  worker_.keep(hash, [wanted = std::weak_ptr(file)](base::UniqueFd found) {
    if (const auto still = wanted.lock()) *still = std::move(found);
  });
  return file;
}

bool ImageDesk::awaits(const net::Channel& driver) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return !entry.second.stored && contains(entry.second.offering, driver);
  });
}

std::size_t ImageDesk::entries_with(Peers Entry::*peers, const net::Channel& peer) const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [&](const auto& entry) { return contains(entry.second.*peers, peer); }));
}

void ImageDesk::deliver() {
  if (!std::exchange(delivery_waits_, false)) return;
  for (auto next = entries_.begin(); next != entries_.end();) {
    const auto current = next++;
    if (is_settled(current->second)) serve(current->first, current->second);
    drop_if_unused(proto::ImageHash(current->first));
  }
}

/// Asks the next driver that has the image; when there is none, everybody who waits for it is told so.
void ImageDesk::obtain(const proto::ImageHash& hash, Entry& entry) {
  if (entry.offering.empty()) return refuse(hash, entry);
  entry.asked = entry.offering.front();
  entry.asked->send(proto::RequestImage{hash});
}

/// Sends it to those who wait, once it is read. To be called when it is settled.
void ImageDesk::serve(const proto::ImageHash& hash, Entry& entry) {
  while (!entry.waiting.empty()) {
    if (!may_deliver()) {
      delivery_waits_ = true;
      return;
    }
    if (!recent_ || recent_->hash != hash) return read(hash, entry);
    net::Channel* client = entry.waiting.front();
    entry.waiting.erase(entry.waiting.begin());
    receiving_.push_back(client);
    client->send(proto::Image{hash, entry.name, entry.architecture, recent_->content.bytes(), {}}, recent_->content);
  }
}

void ImageDesk::refuse(const proto::ImageHash& hash, Entry& entry) {
  const std::string problem = entry.problem.empty() ? std::string(nobody_has_it) : entry.problem;
  for (net::Channel* client : std::exchange(entry.waiting, {})) {
    client->send(proto::Image{hash, entry.name, entry.architecture, {}, problem});
    std::set<proto::ImageHash>& denied = denied_[client];
    if (denied.size() < proto::images_per_client_max) denied.insert(hash);
  }
}

bool ImageDesk::may_deliver() {
  std::erase_if(receiving_, [](const net::Channel* client) { return client->unsent_bytes() < delivery_rest_bytes; });
  return receiving_.size() < image_deliveries_max;
}

void ImageDesk::drop_if_unused(const proto::ImageHash& hash) {
  const auto found = entries_.find(hash);
  if (found == entries_.end() || !found->second.offering.empty() || !found->second.waiting.empty() ||
      !is_settled(found->second)) {
    return;
  }
  if (recent_ && recent_->hash == hash) recent_.reset();
  entries_.erase(found);
}

}  // namespace blitzen::server
