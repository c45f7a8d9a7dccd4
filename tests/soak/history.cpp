#include "tests/soak/history.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace blitzen::soak {
namespace {

base::UniqueFd open_file(const std::filesystem::path& path, int flags) {
  base::UniqueFd file{::open(path.c_str(), flags | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (!file) throw std::system_error(errno, std::generic_category(), path);
  return file;
}

/// What is known of a task while its history is read.
struct Known {
  bool submitted = false;
  bool driver_killed = false;
  std::optional<std::string> told;  ///< As the driver wrote it.
  std::uint64_t execution = 0;      ///< Whose value it was told, if it was one.
};

class Checker {
 public:
  explicit Checker(const std::filesystem::path& directory) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const std::string name = entry.path().filename();
      if (name.starts_with(driver_prefix)) read_driver(entry.path());
    }
    read_executed(directory / executed_name);
  }

  Account account() {
    for (const auto& [id, task] : tasks_) {
      if (!task.submitted) {
        ++account_.strange;
        continue;
      }
      ++account_.submitted;
      if (!task.told) {
        ++(task.driver_killed ? account_.excused : account_.lost);
      } else {
        ++account_.told;
        if (task.execution != 0) check_execution(id, task.execution);
      }
    }
    account_.superseded = finished_.size() - counted_;
    return account_;
  }

 private:
  void read_driver(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<std::uint64_t> own;
    bool killed = false;
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string what;
      std::uint64_t id = 0;
      words >> what >> id;
      if (what == "killed") {
        killed = true;
      } else if (what == "submitted") {
        Known& task = tasks_[id];
        task.submitted = true;
        own.push_back(id);
      } else {
        was_told(tasks_[id], line, what, words);
      }
    }
    for (const std::uint64_t id : own) tasks_[id].driver_killed = killed;
  }

  void was_told(Known& task, const std::string& line, const std::string& what, std::istringstream& words) {
    if (task.told) {
      if (*task.told != line) ++(what == "value" && task.execution != 0 ? account_.doubled : account_.changed);
      return;
    }
    task.told = line;
    if (what == "value") {
      words >> task.execution;
    } else if (what == "failed") {
      ++account_.failed;
      std::string sentence;
      std::getline(words >> std::ws, sentence);
      ++account_.failures[sentence];
    } else {
      ++account_.wrong;
    }
  }

  void read_executed(const std::filesystem::path& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string what;
      std::uint64_t id = 0;
      std::uint64_t execution = 0;
      words >> what >> id >> execution;
      if (what == "finished") {
        finished_.emplace(execution, id);
      } else {
        ++account_.started;
        static_cast<void>(tasks_[id]);  // so that a stranger is found
      }
    }
  }

  void check_execution(std::uint64_t id, std::uint64_t execution) {
    const auto found = finished_.find(execution);
    if (found == finished_.end() || found->second != id) {
      ++account_.wrong;
    } else {
      ++counted_;
    }
  }

  std::unordered_map<std::uint64_t, Known> tasks_;
  std::unordered_map<std::uint64_t, std::uint64_t> finished_;  ///< By execution: the task.
  std::uint64_t counted_ = 0;                                  ///< Executions whose result counted.
  Account account_;
};

}  // namespace

HistoryFile::HistoryFile(const std::filesystem::path& directory, std::string_view name)
    : directory_(directory), file_(open_file(directory / name, O_WRONLY | O_APPEND)) {}

void HistoryFile::note(const std::string& line) {
  const std::string text = line + '\n';
  if (::write(file_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::system_error(errno, std::generic_category(), directory_);
}

Executions::Executions(const std::filesystem::path& directory)
    : path_(directory / executed_name), file_(open_file(path_, O_RDONLY)) {}

void Executions::update() {
  std::array<char, 64 * 1024> buffer;
  for (ssize_t bytes; (bytes = ::read(file_.get(), buffer.data(), buffer.size())) > 0;) {
    pending_.append(buffer.data(), static_cast<std::size_t>(bytes));
    std::size_t begin = 0;
    for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      std::istringstream words(pending_.substr(begin, end - begin));
      std::string what;
      Running running;
      std::uint64_t execution = 0;
      words >> what >> running.task >> execution >> running.process;
      if (what == "started") {
        running_.emplace(execution, running);
      } else {
        running_.erase(execution);
        ++finished_;
      }
    }
    pending_.erase(0, begin);
  }
}

Account check_history(const std::filesystem::path& directory) { return Checker(directory).account(); }

void report(const Account& account, Figures& figures) {
  const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
  figures.tell("tasks submitted", number(account.submitted));
  figures.tell("executions", number(account.started));
  figures.at_most("tasks lost", number(account.lost), 0);
  figures.at_most("tasks committed twice", number(account.doubled), 0);
  figures.at_most("outcomes changed", number(account.changed), 0);
  figures.at_most("values wrong or never asked for", number(account.wrong + account.strange), 0);
  figures.at_most("tasks failed", number(account.failed), 0);
  for (const auto& [sentence, count] : account.failures)
    figures.miss("told " + number_text(number(count)) + " times", sentence);
}

}  // namespace blitzen::soak
