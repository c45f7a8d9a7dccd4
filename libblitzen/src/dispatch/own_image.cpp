#include "dispatch/own_image.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "base/host_name.hpp"
#include "base/system_error.hpp"
#include "base/unique_fd.hpp"
#include "images/image_hash.hpp"

namespace blitzen::dispatch {
namespace {

// The link keeps pointing to the running program even when its file was replaced or deleted by a new build.
constexpr const char* own_executable = "/proc/self/exe";

/// What the packet around an image takes: names and the like.
constexpr std::uint64_t surrounding_bytes_max = 64 * 1024;

base::UniqueFd open_own_executable() {
  base::UniqueFd file(::open(own_executable, O_RDONLY | O_CLOEXEC));
  if (!file) throw base::system_error("cannot read this program's own executable");
  return file;
}

std::size_t size_of(const base::UniqueFd& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw base::system_error("cannot read this program's own executable");
  return static_cast<std::size_t>(status.st_size);
}

std::string name_of_own_executable() {
  std::error_code ignored;  // the name is for sentences only
  const auto path = std::filesystem::read_symlink(own_executable, ignored);
  return path.filename().string();
}

proto::OfferImage read_own_image() {
  const base::UniqueFd file = open_own_executable();
  proto::OfferImage image;
  image.hash = images::hash_file(file.get());
  image.bytes = size_of(file);
  image.name = name_of_own_executable();
  image.architecture = base::architecture();
  return image;
}

}  // namespace

const proto::OfferImage& own_image() {
  static const proto::OfferImage image = read_own_image();
  return image;
}

void require_sendable(std::uint64_t image_bytes, std::uint64_t packet_bytes_max) {
  const std::uint64_t most = packet_bytes_max - std::min(packet_bytes_max, surrounding_bytes_max);
  if (image_bytes > most)
    throw Error(ErrorCode::too_large, "the image has " + std::to_string(image_bytes) + " bytes, more than the " +
                                          std::to_string(most) +
                                          " that can be sent; strip it, or link less of it statically");
}

base::SharedBytes own_image_content() {
  const base::UniqueFd file = open_own_executable();
  return base::SharedBytes::map(file.get(), static_cast<std::uint32_t>(size_of(file)));
}

}  // namespace blitzen::dispatch
