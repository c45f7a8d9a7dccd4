#include "images/image_worker.hpp"

#include <exception>
#include <optional>
#include <utility>

#include "base/start_thread.hpp"

namespace blitzen::images {
namespace {

struct Kept {
  base::UniqueFd file;
  std::string problem;
};

}  // namespace

ImageWorker::ImageWorker(ImageCache cache, Post post, WorkIn work_in)
    : cache_(std::move(cache)), post_(std::move(post)), work_in_(work_in) {}

ImageWorker::~ImageWorker() { stop(); }

void ImageWorker::stop() {
  alive_.reset();
  std::deque<Job> forgotten;
  {
    const std::lock_guard lock(mutex_);
    forgotten.swap(jobs_);
    stop_.request_stop();
  }
  came_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ImageWorker::open(const proto::ImageHash& hash, OnOpened done) {
  add<base::UniqueFd>(
      [this, hash] {
        auto file = cache_.open(hash, stop_.get_token());
        return file ? std::move(*file) : base::UniqueFd{};
      },
      [done = std::move(done)](base::UniqueFd&& file) { done(std::move(file)); });
}

void ImageWorker::keep(const proto::ImageHash& hash, OnOpened done) {
  add<base::UniqueFd>(
      [this, hash] {
        auto file = cache_.keep(hash, stop_.get_token());
        return file ? std::move(*file) : base::UniqueFd{};
      },
      [done = std::move(done)](base::UniqueFd&& file) { done(std::move(file)); });
}

void ImageWorker::read(const proto::ImageHash& hash, OnRead done) {
  add<base::SharedBytes>([this, hash] { return cache_.read(hash, stop_.get_token()); },
                         [done = std::move(done)](base::SharedBytes&& content) { done(std::move(content)); });
}

void ImageWorker::put(const proto::ImageHash& hash, base::SharedBytes content, OnPut done) {
  add<Kept>(
      [this, hash, content = std::move(content)] {
        try {
          return Kept{cache_.put(hash, content.bytes(), stop_.get_token()), {}};
        } catch (const std::exception& error) {
          return Kept{{}, error.what()};
        }
      },
      [done = std::move(done)](Kept&& kept) { done(std::move(kept.file), kept.problem); });
}

template <class Result>
void ImageWorker::add(std::function<Result()> work, std::function<void(Result&&)> done) {
  add([this, work = std::move(work), done = std::move(done), alive = std::weak_ptr(alive_)] {
    auto result = std::make_shared<Result>();
    try {
      *result = work();
    } catch (const std::exception&) {
      // Without memory for an image it is as if it were not there.
    }
    post_([result, done, alive] {
      if (!alive.expired()) done(std::move(*result));
    });
  });
}

void ImageWorker::add(Job job) {
  if (work_in_ == WorkIn::owners_thread) return carry_out(job);
  const std::unique_lock lock(mutex_);
  if (!thread_.joinable()) {
    try {
      thread_ = base::start_thread([this] { run(); });
    } catch (const Error&) {
      return carry_out(job);  // The system has no thread to spare: late is better than never.
    }
  }
  jobs_.push_back(std::move(job));
  came_.notify_one();
}

void ImageWorker::carry_out(const Job& job) {
  try {
    job();
  } catch (const Interrupted&) {
    // Nobody waits for it any more.
  }
}

void ImageWorker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    came_.wait(lock, [this] { return stop_.stop_requested() || !jobs_.empty(); });
    if (stop_.stop_requested()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    carry_out(job);
    job = nullptr;  // What it holds may be large.
    lock.lock();
  }
}

}  // namespace blitzen::images
