// Fetches images from drivers that have them and hands them to clients that ask.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_bytes.hpp"
#include "base/unique_fd.hpp"
#include "images/image_worker.hpp"
#include "net/channel.hpp"
#include "proto/packets.hpp"
#include "server/event_loop.hpp"

namespace blitzen::server {

/// Images one driver may offer. A program has one, and a few for task libraries to come.
inline constexpr std::size_t images_per_driver_max = 64;

/// Clients that are sent images at the same time: they may be different ones, which stay in memory until they are sent.
inline constexpr std::size_t image_deliveries_max = 4;

/// A client with less than this left to be sent no longer counts as being sent an image.
inline constexpr std::size_t delivery_rest_bytes = 1024 * 1024;

/// See ImageDesk::keep().
using KeptImage = std::shared_ptr<const base::UniqueFd>;

/// Each image is asked for once, from one driver at a time; if that one fails, from the next that offered it.
/// Every request is answered: with the image, or with a sentence that says why it cannot be had.
/// Lives on an event loop and never keeps it waiting: images are read, hashed and written by a thread of their own,
/// unless `work_in` says otherwise.
class ImageDesk {
 public:
  /// `on_news` is called from the loop when an image is there, or did not come.
  ImageDesk(EventLoop& loop, images::ImageCache cache, images::WorkIn work_in, std::function<void()> on_news);

  /// Asks the driver for the image unless it is there or already on its way. Throws proto::DecodeError for one offer
  /// too many.
  void offer(net::Channel& driver, const proto::OfferImage& offer);
  /// The driver's answer, which shows parts of `body`. Throws proto::DecodeError when it was not asked.
  void receive(net::Channel& driver, const proto::Image& image, const base::SharedBytes& body);
  /// Answers at once or when the image is there. Throws proto::DecodeError when the client waits for too many.
  void request(net::Channel& client, const proto::ImageHash& hash);
  /// The peer is gone: what it was to send is asked for elsewhere, what it waited for is dropped.
  void forget(const net::Channel& peer);

  /// Whether the client was told, when it last asked, that nobody has the image.
  [[nodiscard]] bool was_denied(const net::Channel& client, const proto::ImageHash& hash) const;
  /// Whether the image is here, or a driver that is connected has offered it.
  [[nodiscard]] bool can_be_had(const proto::ImageHash& hash) const;

  /// Keeps the image, if it is there, however full the cache is: as long as somebody has what is returned. For a driver
  /// that is away, and whose tasks still need it.
  [[nodiscard]] KeptImage keep(const proto::ImageHash& hash);

  /// Whether an image that this driver offered is not there, and may still come.
  [[nodiscard]] bool awaits(const net::Channel& driver) const;

  /// Goes on with deliveries that had to wait for others. To be called when a channel has sent all it had to; cheap
  /// when nothing waits.
  void deliver();

  /// Ends the thread. To be called before the loop is destroyed, after it has run for the last time.
  void stop() { worker_.stop(); }

 private:
  using Peers = std::vector<net::Channel*>;

  /// One of an image that is asked for or has a job with the worker is kept, whoever leaves.
  struct Entry {
    std::string name;
    std::string architecture;
    Peers offering;                 ///< Drivers not known to have failed, in the order they offered.
    net::Channel* asked = nullptr;  ///< The one of them that is sending it, or whose image is being stored.
    bool at_work = false;           ///< The worker looks for it, stores it or reads it.
    Peers waiting;                  ///< Clients.
    bool stored = false;
    std::string problem;  ///< Why the last driver asked did not send it.
  };
  /// The image read or stored last. Clients ask for the same one at about the same time.
  struct Recent {
    proto::ImageHash hash{};
    base::SharedBytes content;
  };

  [[nodiscard]] std::size_t entries_with(Peers Entry::*peers, const net::Channel& peer) const;
  [[nodiscard]] static bool is_settled(const Entry& entry) { return entry.asked == nullptr && !entry.at_work; }
  void look_for(const proto::ImageHash& hash, Entry& entry);
  void store(const proto::ImageHash& hash, Entry& entry, const base::SharedBytes& content);
  void read(const proto::ImageHash& hash, Entry& entry);
  Entry& work_ended(const proto::ImageHash& hash);
  void stored(const proto::ImageHash& hash, Entry& entry, base::SharedBytes content);
  void not_received(const proto::ImageHash& hash, Entry& entry, const std::string& sender, const std::string& problem);
  void obtain(const proto::ImageHash& hash, Entry& entry);
  void serve(const proto::ImageHash& hash, Entry& entry);
  void refuse(const proto::ImageHash& hash, Entry& entry);
  [[nodiscard]] bool may_deliver();
  void drop_if_unused(const proto::ImageHash& hash);

  std::function<void()> on_news_;
  std::map<proto::ImageHash, Entry> entries_;
  std::optional<Recent> recent_;
  std::map<proto::ImageHash, std::weak_ptr<const base::UniqueFd>> kept_;
  std::vector<const net::Channel*> receiving_;                        ///< Clients that are being sent an image.
  std::map<const net::Channel*, std::set<proto::ImageHash>> denied_;  ///< Clients that were told that nobody has it.
  bool delivery_waits_ = false;  ///< A stored image waits for an earlier delivery to end.
  images::ImageWorker worker_;
};

}  // namespace blitzen::server
