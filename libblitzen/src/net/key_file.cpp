// The cluster key on disk: 64 hexadecimal digits and a newline.
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/unique_fd.hpp"
#include "blitzen/error.hpp"
#include "net/cluster_key.hpp"

namespace blitzen::net {
namespace {

constexpr std::size_t key_digits = 2 * ClusterKey::bytes;

/// Digits and a newline; wiped when destroyed.
struct KeyText {
  std::array<char, key_digits + 1> characters{};
  ~KeyText() { OPENSSL_cleanse(characters.data(), characters.size()); }
};

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw Error(ErrorCode::bad_key_file, "the key file " + file.string() + " " + what);
}

std::string error_text(int error) { return std::generic_category().message(error); }

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::optional<ClusterKey> parse(const KeyText& text) {
  std::array<std::byte, ClusterKey::bytes> secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const int high = digit_value(text.characters[2 * i]);
    const int low = digit_value(text.characters[2 * i + 1]);
    if (high < 0 || low < 0) return {};
    secret[i] = static_cast<std::byte>(high * 16 + low);
  }
  ClusterKey key{secret};
  OPENSSL_cleanse(secret.data(), secret.size());
  return key;
}

KeyText new_key_text() {
  std::array<unsigned char, ClusterKey::bytes> secret{};
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    throw Error(ErrorCode::system, "OpenSSL has no random bytes for a new cluster key: check /dev/urandom");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  KeyText text;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    text.characters[2 * i] = digits[secret[i] >> 4U];
    text.characters[2 * i + 1] = digits[secret[i] & 0xFU];
  }
  text.characters[key_digits] = '\n';
  OPENSSL_cleanse(secret.data(), secret.size());
  return text;
}

std::size_t read_up_to(const base::UniqueFd& fd, char* data, std::size_t size, const std::filesystem::path& file) {
  std::size_t total = 0;
  while (total < size) {
    const ssize_t got = ::read(fd.get(), data + total, size - total);
    if (got == 0) break;
    if (got > 0) {
      total += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      fail(file, "cannot be read (" + error_text(errno) + ")");
    }
  }
  return total;
}

void make_directory(const std::filesystem::path& directory) {
  if (directory.empty() || ::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return;
  if (errno == ENOENT && directory.has_parent_path() && directory.parent_path() != directory) {
    make_directory(directory.parent_path());
    if (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return;
  }
  throw Error(ErrorCode::bad_key_file, "the directory " + directory.string() + " for the key file cannot be made (" +
                                           error_text(errno) + "): name another (--key-file)");
}

/// A complete file of a name that nobody else uses, so that the key's own name never shows half a key.
std::filesystem::path write_beside(const std::filesystem::path& file) {
  std::string beside = file.string() + ".XXXXXX";
  const base::UniqueFd fd{::mkostemp(beside.data(), O_CLOEXEC)};  // Mode 0600.
  if (!fd) fail(file, "cannot be made (" + error_text(errno) + "): name another (--key-file)");
  const KeyText text = new_key_text();
  const bool written =
      ::write(fd.get(), text.characters.data(), text.characters.size()) == static_cast<ssize_t>(text.characters.size());
  if (!written || ::fsync(fd.get()) != 0) {
    const int error = errno;
    ::unlink(beside.c_str());
    fail(file, "cannot be written (" + error_text(error) + ")");
  }
  return beside;
}

}  // namespace

std::filesystem::path default_key_file() {
  const std::filesystem::path inside = std::filesystem::path{"blitzen"} / "cluster.key";
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/') return config / inside;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') {
    const passwd* user = ::getpwuid(::geteuid());
    home = user == nullptr ? nullptr : user->pw_dir;
  }
  if (home == nullptr) {
    throw Error(ErrorCode::bad_key_file,
                "the key file's place is unknown because there is no home directory: name the "
                "file (--key-file)");
  }
  return std::filesystem::path{home} / ".config" / inside;
}

ClusterKey load_key(const std::filesystem::path& file) {
  const base::UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd && errno == ENOENT) {
    fail(file,
         "does not exist: copy the server's key to it; blitzen-server makes one in ~/.config/blitzen when it "
         "is started without --key-file");
  }
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) fail(file, "cannot be opened (" + error_text(errno) + ")");
  if (!S_ISREG(status.st_mode)) fail(file, "is not a regular file: name the right one (--key-file)");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    fail(file, "can be used by others than its owner: run chmod 600 " + file.string());
  }
  KeyText text;
  const std::size_t size = read_up_to(fd, text.characters.data(), text.characters.size(), file);
  char excess = 0;
  const bool sized = size == key_digits || (size == key_digits + 1 && text.characters[key_digits] == '\n');
  std::optional<ClusterKey> key;
  if (sized && read_up_to(fd, &excess, 1, file) == 0) key = parse(text);
  if (!key) fail(file, "is damaged: it must hold 64 hexadecimal digits and nothing else; copy it again");
  return *key;
}

ClusterKey load_or_make_key(const std::filesystem::path& file, bool& made) {
  made = false;
  std::error_code ignored_absence;
  if (!std::filesystem::exists(file, ignored_absence)) {
    make_directory(file.parent_path());
    const auto beside = write_beside(file);
    // Unlike rename, link never replaces the key another process made meanwhile.
    made = ::link(beside.c_str(), file.c_str()) == 0;
    const int error = errno;
    ::unlink(beside.c_str());
    if (!made && error != EEXIST) fail(file, "cannot be made (" + error_text(error) + ")");
  }
  return load_key(file);
}

FoundKey find_key(const std::filesystem::path& file, bool may_make) {
  if (!file.empty()) return {load_key(file), file, {}};
  const auto found = default_key_file();
  if (!may_make) return {load_key(found), found, {}};
  bool made = false;
  const ClusterKey key = load_or_make_key(found, made);
  return {key, found,
          made ? "made the cluster key " + found.string() +
                     ": programs on this machine find it, other machines need a copy of the file"
               : ""};
}

}  // namespace blitzen::net
