// The images this client can run, and the tasks that wait for one.
#pragma once

#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/shared_bytes.hpp"
#include "base/unique_fd.hpp"
#include "client/held_task.hpp"
#include "images/image_worker.hpp"
#include "pool/pool.hpp"
#include "proto/packets.hpp"

namespace blitzen::client {

enum class ImageState : std::uint8_t {
  absent,    ///< Not in the cache, or never looked for; `problem` says why it could not be had, if that was tried.
  sought,    ///< Looked for in the cache; tasks may wait.
  awaited,   ///< Asked for; tasks wait.
  arriving,  ///< Put into the cache; tasks may wait.
  ready,     ///< `file` can be executed.
  unusable,  ///< Never on this machine; `problem` says why.
};

struct ShelvedImage {
  ImageState state = ImageState::absent;
  pool::ImageId id{};
  std::string name;
  std::string problem;       ///< Why not, when absent or unusable.
  std::string told_problem;  ///< The last that was logged: the server has tasks tried again.
  base::UniqueFd file;       ///< Kept open, so that eviction from the cache does not matter any more.
  bool known_to_pool = false;
  std::deque<HeldTask> waiting;  ///< First come, first.
};

/// Lives on an event loop and never keeps it waiting: images are hashed and written by a thread of their own.
class ImageShelf {
 public:
  /// Told, from the event loop, how the search for an image or its arrival has ended: it is ready or absent.
  using OnNews = std::function<void(const proto::ImageHash& hash, ShelvedImage& image)>;

  /// `first_id` and the ids after it name images towards the pool.
  ImageShelf(asio::io_context& io, images::ImageCache cache, std::string architecture, pool::ImageId first_id,
             OnNews on_news);

  /// The image, never absent: of one that is, the search begins. Stays valid for the shelf's life.
  [[nodiscard]] ShelvedImage& find(const proto::ImageHash& hash);

  /// Takes in an image that was awaited, which shows parts of `body`. Afterwards it is arriving, or `problem` says why
  /// not. Null for one that was not awaited.
  ShelvedImage* receive(const proto::Image& image, const base::SharedBytes& body);

  [[nodiscard]] const std::filesystem::path& cache_directory() const { return cache_directory_; }

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
  void put_into_cache(const proto::ImageHash& hash, ShelvedImage& image, base::SharedBytes content);
  void make_ready(const proto::ImageHash& hash, ShelvedImage& image, base::UniqueFd file);

  std::filesystem::path cache_directory_;
  OnNews on_news_;
  std::string architecture_;
  std::uint32_t next_id_;
  std::unordered_map<proto::ImageHash, ShelvedImage, HashOfHash> images_;
  ShelvedImage one_too_many_;
  images::ImageWorker worker_;
};

}  // namespace blitzen::client
