// What takes long with images, away from the thread that must not wait for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/shared_bytes.hpp"
#include "base/unique_fd.hpp"
#include "images/image_cache.hpp"

namespace blitzen::images {

/// Whose thread does the work: its owner's is kept waiting, but then everything happens in the same order every time.
enum class WorkIn { own_thread, owners_thread };

/// An ImageCache that is used by a thread of its own, one job after the other. The thread is started for the first job.
///
/// Made, used and destroyed in its owner's thread (or one after the other in several). Each `done` is called in that
/// thread, never from within the call that asked for it, and not any more when the worker is gone: so it may refer to
/// whatever owns the worker. The owner sees to it that few jobs wait: at most one for each image it knows of.
class ImageWorker {
 public:
  /// Has a function called in the owner's thread, later. Is called in the one that does the work.
  using Post = std::function<void(std::function<void()>)>;
  /// No file: the image is not there.
  using OnOpened = std::function<void(base::UniqueFd file)>;
  /// No bytes: the image is not there.
  using OnRead = std::function<void(base::SharedBytes content)>;
  /// No file: a sentence says why.
  using OnPut = std::function<void(base::UniqueFd file, const std::string& problem)>;

  ImageWorker(ImageCache cache, Post post, WorkIn work_in = WorkIn::own_thread);
  ImageWorker(const ImageWorker&) = delete;
  ImageWorker& operator=(const ImageWorker&) = delete;
  ~ImageWorker();

  /// Forgets the jobs that wait, and waits for the system call that one is in. Nothing is posted any more then.
  void stop();

  // As ImageCache says.
  void open(const proto::ImageHash& hash, OnOpened done);
  void keep(const proto::ImageHash& hash, OnOpened done);
  void read(const proto::ImageHash& hash, OnRead done);
  void put(const proto::ImageHash& hash, base::SharedBytes content, OnPut done);

 private:
  using Job = std::function<void()>;
  struct Alive {};

  /// Does `work` in the worker's thread, then has `done` called with what it returned.
  template <class Result>
  void add(std::function<Result()> work, std::function<void(Result&&)> done);
  void add(Job job);
  static void carry_out(const Job& job);
  void run();

  ImageCache cache_;
  Post post_;
  WorkIn work_in_;
  std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();  ///< Of interest to what was posted.
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Job> jobs_;
  std::thread thread_;
};

}  // namespace blitzen::images
