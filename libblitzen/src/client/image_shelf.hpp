// The images this client can run, and the tasks that wait for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "client/held_task.hpp"
#include "images/image_cache.hpp"
#include "pool/pool.hpp"
#include "proto/packets.hpp"

namespace blitzen::client {

/// Different images one client runs in its life. Each keeps a descriptor open and may keep a zygote.
inline constexpr std::size_t images_max = 512;

enum class ImageState : std::uint8_t {
  absent,    ///< Not in the cache.
  awaited,   ///< Asked for; tasks wait.
  ready,     ///< `file` can be executed.
  unusable,  ///< Never on this machine; `problem` says why.
};

struct ShelvedImage {
  ImageState state = ImageState::absent;
  pool::ImageId id{};
  std::string name;
  std::string problem;  ///< Why not, after receive() or when unusable.
  base::UniqueFd file;  ///< Kept open, so that eviction from the cache does not matter any more.
  bool known_to_pool = false;
  std::deque<HeldTask> waiting;  ///< First come, first.
};

class ImageShelf {
 public:
  /// `first_id` and the ids after it name images towards the pool.
  ImageShelf(images::ImageCache cache, std::string architecture, pool::ImageId first_id);

  /// The image; looks into the cache unless it is ready. Stays valid for the shelf's life.
  [[nodiscard]] ShelvedImage& find(const proto::ImageHash& hash);

  /// Takes in an image that was awaited: afterwards it is ready, or `problem` says why not.
  /// Null for one that was not awaited. Blocks while it hashes and writes the image.
  ShelvedImage* receive(const proto::Image& image);

  [[nodiscard]] bool has_waiting_tasks() const;
  /// Takes out up to `count` waiting tasks, the youngest of an image first.
  [[nodiscard]] std::vector<HeldTask> take_back(std::size_t count);
  void drop(const TagSet& tags);
  /// The connection is gone, and with it the tasks and images it would have brought.
  void forget_awaited();

 private:
  struct HashOfHash {
    std::size_t operator()(const proto::ImageHash& hash) const noexcept;
  };

  void look_into_cache(const proto::ImageHash& hash, ShelvedImage& image);

  images::ImageCache cache_;
  std::string architecture_;
  std::uint32_t next_id_;
  std::unordered_map<proto::ImageHash, ShelvedImage, HashOfHash> images_;
  ShelvedImage one_too_many_;
};

}  // namespace blitzen::client
