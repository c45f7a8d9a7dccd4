// What drivers and clients say and get when images are asked for.
#pragma once

#include <string>
#include <string_view>

#include "cluster_rig.hpp"
#include "images/image_hash.hpp"

namespace blitzen::server {

inline constexpr std::string_view program = "the bytes of a program";

inline proto::ImageHash hash_of(std::string_view content) { return images::hash_bytes(base::as_bytes(content)); }

inline void offer(Peer& driver, std::string_view content) {
  driver.say(proto::OfferImage{hash_of(content), content.size(), "demo", "x86_64"});
}

inline void send_image(Peer& driver, std::string_view content) {
  driver.say(proto::Image{hash_of(content), "demo", "x86_64", base::as_bytes(content), {}});
}

inline std::string content_of(const Received<proto::Image>& image) {
  return std::string(base::as_text(image->content));
}

}  // namespace blitzen::server
