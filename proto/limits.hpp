// Every limit of the wire: a name, a unit, a reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace blitzen::proto {

/// Largest body of a frame with a whole packet, or with a compressed fragment.
inline constexpr std::size_t frame_body_bytes_max = 256 * 1024;

/// Largest body of a frame with a fragment. Bounds what a heartbeat or a small task can be made to wait for behind one;
/// half as much costs large payloads several per cent of their rate.
inline constexpr std::size_t fragment_body_bytes_max = 512 * 1024;

/// Largest packet before it is refused, when it travels in fragments. Bounds what one peer can make us hold.
inline constexpr std::uint64_t packet_bytes_max = 1024ULL * 1024 * 1024;

/// Largest arguments or result of one task: a packet, less what surrounds them, names and sentences included.
inline constexpr std::uint64_t payload_bytes_max = packet_bytes_max - 1024 * 1024;

/// Largest image that is passed on: its packet has room for its names beside it.
inline constexpr std::uint64_t image_bytes_max = packet_bytes_max - 1024 * 1024;

/// Largest packet accepted before the peer's Hello has been checked.
inline constexpr std::size_t hello_bytes_max = 4096;

/// Fragmented packets that may be under way at once on one connection, each way. Streams are numbered from 1.
inline constexpr std::uint8_t streams_max = 8;

/// A batch is closed when it reaches this size, so that it fits a frame and flows while the next one is built.
inline constexpr std::size_t batch_bytes_target = 64 * 1024;

/// Longest text field (names, sentences, last stderr lines).
inline constexpr std::size_t text_bytes_max = 64 * 1024;

/// Longest name of a job.
inline constexpr std::size_t job_name_bytes_max = 255;

/// Tasks of a job that an attaching driver takes over, and how far apart the numbers of the first and the last of them
/// may be. Ranges of numbers are short on the wire, so their bytes bound nothing.
inline constexpr std::uint64_t job_tasks_max = 100'000'000;
inline constexpr std::uint64_t job_numbers_max = 1ULL << 32U;

/// Functions one driver may define.
inline constexpr std::uint32_t functions_max = 65'536;

/// Epochs that differ by less than this, above a multiple of it, are lives of a server with one journal. Others are
/// random, and so differ from these and from each other.
inline constexpr std::uint64_t epochs_per_journal = 1024 * 1024;

/// Different images one client runs in its life, and so may wait for. Each keeps a descriptor open and may keep a
/// zygote.
inline constexpr std::size_t images_per_client_max = 512;

/// Something is sent at least this often on every connection.
inline constexpr std::chrono::seconds heartbeat_interval{2};

/// A peer that says nothing for this long is lost.
inline constexpr std::chrono::seconds silence_max{10};

/// From connecting to an accepted Hello, TLS included.
inline constexpr std::chrono::seconds handshake_max{5};

/// For what is queued and the Goodbye to leave, and for the peer to hang up, after close.
inline constexpr std::chrono::seconds farewell_max{1};

/// Connections that have not said an accepted Hello yet.
inline constexpr std::size_t unauthenticated_connections_max = 256;

}  // namespace blitzen::proto
