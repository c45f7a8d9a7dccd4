#include "net/handshake_errors.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include "proto/frame.hpp"

namespace blitzen::net {

Error server_unreachable(const std::string& server, const std::string& cause) {
  return {ErrorCode::cannot_connect,
          "cannot reach blitzen-server at " + server + " (" + cause + "): is it running, and is this its port?"};
}

Error server_unknown(const std::string& host, const std::string& cause) {
  return {ErrorCode::cannot_connect, "the address of the server '" + host + "' cannot be found (" + cause +
                                         "): is that its name, and does this machine know it?"};
}

Error server_needs_key(const std::string& server) {
  return {ErrorCode::wrong_key, "the server at " + server +
                                    " wants its cluster key: copy its key file to this machine or name it "
                                    "(--key-file), and turn insecure (--insecure) off"};
}

Error server_not_blitzen(const std::string& server) {
  return {ErrorCode::not_blitzen,
          "what answers at " + server + " does not speak Blitzen's protocol: is this blitzen-server's port?"};
}

Error server_silent(const std::string& server) {
  return {ErrorCode::not_blitzen, "what listens at " + server +
                                      " accepted the connection but said nothing Blitzen knows in time: is this "
                                      "blitzen-server's port?"};
}

Error server_failed(const std::string& server, const std::string& key_file, const IoResult& result) {
  if (result.tls_error == 0) {
    const std::string cause = result.state == IoState::ended ? "it closed the connection" : result.problem;
    return server_unreachable(server, cause);
  }
  switch (ERR_GET_REASON(result.tls_error)) {
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
      return {ErrorCode::wrong_key, "the server at " + server +
                                        " is insecure (--insecure), but this program has a cluster key: start the "
                                        "server with a key or turn insecure on here too"};
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
      return {ErrorCode::wrong_key, "the server at " + server + " holds another cluster key" +
                                        (key_file.empty() ? "" : " than " + key_file) +
                                        ": copy its key file to this machine and name it (--key-file)"};
    default:
      return server_not_blitzen(server);
  }
}

Error server_said_goodbye(const std::string& server, const proto::Goodbye& goodbye) {
  switch (goodbye.reason) {
    case proto::GoodbyeReason::needs_key:
      return server_needs_key(server);
    case proto::GoodbyeReason::version_mismatch:
      return {ErrorCode::version_mismatch, goodbye.sentence};
    case proto::GoodbyeReason::protocol_error:
      return server_not_blitzen(server);
    default:
      return server_unreachable(server, "it says: " + goodbye.sentence);
  }
}

Error peer_without_key(const std::string& peer) {
  return {ErrorCode::wrong_key, peer + " was refused: it speaks without encryption, but this server has a cluster key"};
}

Error peer_with_key(const std::string& peer) {
  return {ErrorCode::wrong_key, peer + " was refused: it has a cluster key, but this server is insecure (--insecure)"};
}

Error peer_not_blitzen(const std::string& peer) {
  return {ErrorCode::not_blitzen, peer + " was refused: it does not speak Blitzen's protocol"};
}

Error peer_silent(const std::string& peer) {
  return {ErrorCode::not_blitzen, peer + " was refused: it did not complete the handshake in time"};
}

Error peer_failed(const std::string& peer, const IoResult& result) {
  if (result.tls_error != 0) {
    // No common key leaves OpenSSL without any way to authenticate, which it words as a matter of signatures.
    const bool said_all = ERR_GET_REASON(result.tls_error) == SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM;
    return {ErrorCode::wrong_key, peer + " was refused: it does not hold this server's cluster key" +
                                      (said_all ? "" : " (" + result.problem + ")")};
  }
  const std::string cause = result.state == IoState::ended ? "" : " (" + result.problem + ")";
  return {ErrorCode::connection_lost, peer + " hung up during the handshake" + cause};
}

std::string version_sentence(const std::string& one_name, const proto::HelloVersions& one,
                             const std::string& other_name, const proto::HelloVersions& other) {
  const auto range = [](const proto::HelloVersions& versions) {
    const std::string newest = std::to_string(versions.version);
    return versions.oldest_version == versions.version ? newest
                                                       : std::to_string(versions.oldest_version) + " to " + newest;
  };
  const std::string& older = one.version < other.version ? one_name : other_name;
  return one_name + " speaks protocol version " + range(one) + " and " + other_name + " " + range(other) + ": update " +
         older;
}

std::vector<std::byte> goodbye_frame(proto::GoodbyeReason reason, const std::string& sentence) {
  std::vector<std::byte> frame(proto::frame_header_bytes);
  proto::encode(proto::Goodbye{.reason = reason, .sentence = sentence}, frame);
  const auto body_bytes = static_cast<std::uint32_t>(frame.size() - proto::frame_header_bytes);
  const auto header = proto::encode_frame_header({.body_bytes = body_bytes, .packet = proto::PacketNumber::goodbye});
  std::copy(header.begin(), header.end(), frame.begin());
  return frame;
}

std::vector<std::byte> insecure_alert() {
  constexpr std::byte alert{21};
  constexpr std::byte fatal{2};
  constexpr std::byte insufficient_security{71};
  return {alert, std::byte{3}, std::byte{3}, std::byte{0}, std::byte{2}, fatal, insufficient_security};
}

}  // namespace blitzen::net
