#include "journal/salvage.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "journal/schema.hpp"
#include "journal/store.hpp"

namespace blitzen::journal {
namespace {

namespace fs = std::filesystem;

/// Where SQLite's file format has the number of pages.
constexpr std::size_t size_offset = 28;

constexpr std::size_t transaction_records_max = 16 * 1024;
constexpr std::size_t transaction_bytes_max = 32 * 1024 * 1024;

[[noreturn]] void fail(const std::string& path, const std::string& what, const std::error_code& error) {
  const ErrorKind kind = error == std::errc::no_space_on_device ? ErrorKind::disk_full : ErrorKind::io;
  throw Error(kind, "the journal " + path + " cannot be salvaged, " + what + " (" + error.message() +
                        "): make room beside it, and let the server write there");
}

void sync(const std::string& path, const std::string& journal) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) fail(journal, path + " cannot be synced", {errno, std::generic_category()});
}

void sync_directory_of(const std::string& path) {
  const fs::path directory = fs::path(path).parent_path();
  sync(directory.empty() ? "." : directory.string(), path);
}

/// The damaged file and its log under names that nothing had before. Deleted again unless they are to be kept.
class Copy {
 public:
  explicit Copy(const std::string& path) {
    for (int number = 1; name_.empty(); ++number) {
      const std::string name = path + ".damaged-" + std::to_string(number);
      if (!fs::exists(name) && !fs::exists(name + "-wal") && copy(path, name)) name_ = name;
    }
    if (fs::exists(path + "-wal") && !copy(path + "-wal", name_ + "-wal")) {
      ::unlink(name_.c_str());
      fail(path, name_ + "-wal cannot be made", std::make_error_code(std::errc::file_exists));
    }
    sync_directory_of(path);
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() {
    if (kept_) return;
    ::unlink(name_.c_str());
    ::unlink((name_ + "-wal").c_str());
  }

  const std::string& keep() {
    kept_ = true;
    return name_;
  }

 private:
  /// False when there is something of that name.
  static bool copy(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::copy_file(from, to, error);
    if (error == std::errc::file_exists) return false;
    if (error) {
      ::unlink(to.c_str());
      fail(from, "it cannot be copied to " + to, error);
    }
    sync(to, from);
    return true;
  }

  std::string name_;
  bool kept_ = false;
};

/// A copy whose first page is a new one. That page is the same in all journals, but for numbers that are not needed to
/// read the others.
class Mended {
 public:
  explicit Mended(const std::string& path) : name_(path + ".mended") {
    remove();
    try {
      copy(path, name_);
      if (fs::exists(path + "-wal")) copy(path + "-wal", name_ + "-wal");
      replace_first_page(path);
    } catch (...) {
      remove();
      throw;
    }
  }
  Mended(const Mended&) = delete;
  Mended& operator=(const Mended&) = delete;
  ~Mended() { remove(); }

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  static void copy(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::copy_file(from, to, error);
    if (error) fail(from, "it cannot be copied to " + to, error);
  }

  void replace_first_page(const std::string& path) const {
    std::vector<std::byte> page = blank_journal(path, 0);
    page.resize(page_bytes);
    const std::uint64_t pages = fs::file_size(name_) / page_bytes;
    for (std::size_t i = 0; i < 4; ++i) page[size_offset + i] = static_cast<std::byte>(pages >> (24 - 8 * i));
    const base::UniqueFd fd(::open(name_.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::pwrite(fd.get(), page.data(), page.size(), 0) != static_cast<ssize_t>(page.size()))
      fail(path, name_ + " cannot be written", {errno, std::generic_category()});
  }

  void remove() const {
    ::unlink(name_.c_str());
    ::unlink((name_ + "-wal").c_str());
  }

  std::string name_;
};

/// Writes what it is told into another journal.
class Transcript : public Visitor {
 public:
  explicit Transcript(Store& store) : store_(store) {}

  void on_driver(DriverJoined&& driver) override {
    inspector_.on_driver(DriverJoined(driver));
    add(std::move(driver), 0);
  }
  void on_function(FunctionDefined&& function) override {
    inspector_.on_function(FunctionDefined(function));
    const std::size_t bytes = function.definition.size();
    add(std::move(function), bytes);
  }
  bool on_task(TaskAccepted&& task, bool started) override {
    if (!inspector_.on_task(TaskAccepted(task), started)) return false;
    const TaskStarted mark{.driver = task.driver, .number = task.number};
    const std::size_t bytes = task.arguments.size();
    add(std::move(task), bytes);
    if (started) add(mark, 0);
    return true;
  }
  void on_outcome(TaskSettled&& outcome) override {
    const std::size_t bytes = outcome.content.size();
    add(std::move(outcome), bytes);
  }

  void write() {
    store_.write(records_);
    records_.clear();
    bytes_ = 0;
  }

 private:
  template <class Fact>
  void add(Fact fact, std::size_t bytes) {
    records_.emplace_back(std::move(fact));
    bytes_ += bytes;
    if (records_.size() >= transaction_records_max || bytes_ >= transaction_bytes_max) write();
  }

  Store& store_;
  Inspector inspector_;
  std::vector<Record> records_;
  std::size_t bytes_ = 0;
};

/// Where the file does not say which epoch it was in, one that it can hardly have reached.
std::uint64_t epoch_after(const Connection& connection) {
  try {
    return read_epoch(connection);
  } catch (const Error&) {
    std::random_device random;
    return (std::uint64_t{1} << 62U) | (std::uint64_t{random()} << 24U);
  }
}

/// The new journal, complete but under another name.
class Replacement {
 public:
  explicit Replacement(const std::string& path) : name_(path + ".salvaged") {}
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement() { remove(); }

  [[nodiscard]] Recovered fill(const std::string& damaged, const StoreOptions& options) const {
    const Opened opened = open_with_damaged_log(damaged, options);
    remove();
    put_file(name_, blank_journal(name_, epoch_after(*opened.connection)));
    Store store(name_, options);
    Transcript transcript(store);
    Recovered recovered = recover(*opened.connection, transcript);
    transcript.write();
    if (!opened.log_damage.empty()) recovered.damage.insert(recovered.damage.begin(), opened.log_damage);
    return recovered;
  }

  void put_in_place_of(const std::string& path) const {
    sync(name_, path);
    // SQLite would take the log for that of the new file.
    if (::unlink((path + "-wal").c_str()) != 0 && errno != ENOENT)
      fail(path, "its log cannot be removed", {errno, std::generic_category()});
    if (::rename(name_.c_str(), path.c_str()) != 0)
      fail(path, name_ + " cannot be put in its place", {errno, std::generic_category()});
    sync_directory_of(path);
  }

 private:
  void remove() const {
    ::unlink(name_.c_str());
    ::unlink((name_ + "-wal").c_str());
  }

  std::string name_;
};

bool is_about_content(const Error& error) {
  return error.kind() == ErrorKind::damaged || error.kind() == ErrorKind::not_a_journal;
}

/// Nothing when it is not a journal after all, or nothing of it is left.
std::optional<Recovered> fill_without_first_page(const Replacement& replacement, const std::string& path,
                                                 const StoreOptions& options) {
  try {
    const Mended mended(path);
    Recovered recovered = replacement.fill(mended.name(), options);
    if (recovered.drivers.intact == 0) return std::nullopt;
    recovered.damage.insert(recovered.damage.begin(), "its first page cannot be read");
    return recovered;
  } catch (const Error& error) {
    if (!is_about_content(error)) throw;
    return std::nullopt;
  }
}

Recovered fill(const Replacement& replacement, const std::string& path, const StoreOptions& options) {
  try {
    return replacement.fill(path, options);
  } catch (const Error& error) {
    if (!is_about_content(error)) throw;
    if (auto recovered = fill_without_first_page(replacement, path, options)) return std::move(*recovered);
    throw;
  }
}

}  // namespace

Salvaged salvage(const std::string& path, const StoreOptions& options) {
  Copy copy(path);
  const Replacement replacement(path);
  Salvaged salvaged;
  salvaged.recovered = fill(replacement, path, options);
  replacement.put_in_place_of(path);
  salvaged.copy = copy.keep();
  return salvaged;
}

}  // namespace blitzen::journal
