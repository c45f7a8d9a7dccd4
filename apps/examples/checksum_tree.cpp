// The SHA-256 of every file below a directory, in the form that `sha256sum -c` reads.
// The directory must be at the same place on every client (a shared file system, or one machine).
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "example.hpp"
#include "progress_bar.hpp"

namespace {

std::string to_hex(const unsigned char* bytes, unsigned int count) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < count; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

/// The task: runs on a worker, somewhere.
std::string sha256_of_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw std::system_error(errno, std::generic_category(), "cannot open " + path);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);

  std::array<char, 64 * 1024> block;
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), file.get()))
    EVP_DigestUpdate(context.get(), block.data(), got);
  if (std::ferror(file.get()) != 0) throw std::system_error(errno, std::generic_category(), "cannot read " + path);

  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  return to_hex(digest.data(), size);
}

std::vector<std::string> files_below(const std::filesystem::path& directory) {
  std::vector<std::string> files;
  const auto options = std::filesystem::directory_options::skip_permission_denied;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, options))
    if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

/// sha256sum marks a line with a backslash when it had to escape the name.
std::string checksum_line(const std::string& digest, const std::string& path) {
  std::string name;
  for (const char c : path) {
    if (c == '\\')
      name += "\\\\";
    else if (c == '\n')
      name += "\\n";
    else if (c == '\r')
      name += "\\r";
    else
      name += c;
  }
  return (name == path ? "" : "\\") + digest + "  " + name + '\n';
}

struct Options {
  example::Where where;
  std::filesystem::path directory;
};

Options parse(int argc, char** argv) {
  Options options;
  blitzen::app::CommandLine app("checksum_tree", "SHA-256 of every file below a directory, computed on the cluster.",
                                "  checksum_tree /usr/share --server 127.0.0.1 | sha256sum -c --quiet\n"
                                "  checksum_tree /usr/share --local 0 > checksums");
  app.add_option("directory", options.directory, "Where to look; the same place on every client")
      ->required()
      ->check(CLI::ExistingDirectory);
  example::add_where_options(app, options.where);
  app.read(argc, argv);
  return options;
}

blitzen::ExitCode checksum_tree(const Options& options) {
  const std::vector<std::string> files = files_below(std::filesystem::absolute(options.directory));
  const auto dispatcher = example::make_dispatcher(options.where);

  std::vector<blitzen::Task<std::string>> tasks;
  for (const std::string& file : files) tasks.push_back(dispatcher->run(sha256_of_file, file));

  bool all_well = true;
  example::ProgressBar progress(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto digest = dispatcher->get_result(tasks[i]);
    if (digest)
      std::cout << checksum_line(digest.value(), files[i]);
    else
      std::cerr << digest.error().message() << '\n';
    all_well = all_well && digest.has_value();
    progress.show(i + 1);
  }
  return all_well ? blitzen::ExitCode::ok : blitzen::ExitCode::task_failed;
}

}  // namespace

int main(int argc, char** argv) {
  return blitzen::app::run_guarded([&] {
    blitzen::init(argc, argv);
    return checksum_tree(parse(argc, argv));
  });
}
