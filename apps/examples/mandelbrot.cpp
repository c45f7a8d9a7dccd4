// A picture of the Mandelbrot set: workers render tiles, this program puts them together and writes a PNG.
#include <png.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "apps/common/values.hpp"
#include "example.hpp"
#include "progress_bar.hpp"

namespace {

struct Picture {
  int width = 1920;
  int height = 1080;
  int iterations = 1000;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(width, height, iterations);
  }
};

/// Rows `top` to `bottom` of the picture.
struct Tile {
  int top = 0;
  int bottom = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(top, bottom);
  }
};

using Pixels = std::vector<std::uint8_t>;  // red, green, blue for each

/// How fast the orbit of `c` escapes, smoothly; 0 if it does not.
double escape_speed(std::complex<double> c, int iterations) {
  double x = 0;
  double y = 0;
  for (int i = 0; i < iterations; ++i) {
    const double xx = x * x;
    const double yy = y * y;
    if (xx + yy > 256) return i + 1 - std::log2(std::log(xx + yy) / 2);
    y = 2 * x * y + c.imag();
    x = xx - yy + c.real();
  }
  return 0;
}

std::uint8_t shade(double speed, double phase) {
  return speed <= 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(127.5 * (1 + std::cos(0.15 * speed + phase)));
}

/// The task: runs on a worker, somewhere.
Pixels render(const Picture& picture, const Tile& tile) {
  const double step = 2.4 / picture.height;
  Pixels pixels;
  pixels.reserve(static_cast<std::size_t>(tile.bottom - tile.top) * static_cast<std::size_t>(picture.width) * 3);
  for (int row = tile.top; row < tile.bottom; ++row) {
    for (int column = 0; column < picture.width; ++column) {
      const std::complex<double> c(-0.7 + (column - picture.width / 2.0) * step, (row - picture.height / 2.0) * step);
      const double speed = escape_speed(c, picture.iterations);
      for (const double phase : {3.0, 3.6, 4.2}) pixels.push_back(shade(speed, phase));
    }
  }
  return pixels;
}

struct Options {
  example::Where where;
  Picture picture;
  std::string file;
};

Options parse(int argc, char** argv) {
  Options options;
  blitzen::app::CommandLine app("mandelbrot", "A picture of the Mandelbrot set, rendered on the cluster.",
                                "  mandelbrot out.png --server 192.168.1.2\n"
                                "  mandelbrot out.png --local 0 --width 640 --height 360");
  app.add_option("file", options.file, "The PNG file to write")->required();
  app.add_option("--width", options.picture.width, "Pixels")->check(CLI::Range(1, 32768))->capture_default_str();
  app.add_option("--height", options.picture.height, "Pixels")->check(CLI::Range(1, 32768))->capture_default_str();
  app.add_option("--iterations", options.picture.iterations, "More show finer detail")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  example::add_where_options(app, options.where);
  app.read(argc, argv);
  return options;
}

[[noreturn]] void cannot_write(const std::string& file, const std::string& why) {
  throw blitzen::Error(blitzen::ErrorCode::system, "cannot write " + file + ": " + why + "; choose another file");
}

/// Before the work begins, which may take long.
void require_writable(const std::string& file) {
  errno = 0;
  if (!std::ofstream(file, std::ios::app)) cannot_write(file, std::strerror(errno));
}

void write_png(const std::string& file, const Picture& picture, const Pixels& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, file.c_str(), 0, pixels.data(), 0, nullptr) == 0)
    cannot_write(file, image.message);
}

blitzen::ExitCode mandelbrot(const Options& options) {
  constexpr int rows_per_tile = 16;
  require_writable(options.file);
  const auto dispatcher = example::make_dispatcher(options.where);
  std::vector<blitzen::Task<Pixels>> tasks;
  for (int top = 0; top < options.picture.height; top += rows_per_tile)
    tasks.push_back(
        dispatcher->run(render, options.picture, Tile{top, std::min(top + rows_per_tile, options.picture.height)}));

  Pixels pixels;
  {
    example::ProgressBar progress(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const auto tile = dispatcher->get_result(tasks[i]);
      if (!tile) {
        std::cerr << "error: " << tile.error().message() << '\n';
        return blitzen::ExitCode::task_failed;
      }
      pixels.insert(pixels.end(), tile.value().begin(), tile.value().end());
      progress.show(i + 1);
    }
  }
  write_png(options.file, options.picture, pixels);
  std::cout << "wrote " << options.file << ": " << options.picture.width << " x " << options.picture.height
            << " pixels from " << tasks.size() << " tiles\n";
  return blitzen::ExitCode::ok;
}

}  // namespace

int main(int argc, char** argv) {
  return blitzen::app::run_guarded([&] {
    blitzen::init(argc, argv);
    return mandelbrot(parse(argc, argv));
  });
}
