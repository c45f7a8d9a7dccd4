// Runs the parts of the soak that are asked for, and ends with a table of figures and goals.
#include <algorithm>
#include <blitzen/blitzen.hpp>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/soak/kept_figures.hpp"
#include "tests/soak/options.hpp"
#include "tests/soak/part.hpp"
#include "tests/soak/roles.hpp"

namespace blitzen::soak {
namespace {

Figures run(const Part& part, const Options& options) {
  const auto directory = options.directory / part.name;
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  const auto begin = std::chrono::steady_clock::now();
  Figures figures = run_bounded(part, {.scale = options.scale,
                                       .seed = options.seed,
                                       .resume = options.resume,
                                       .directory = directory,
                                       .figures_directory = options.figures});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  figures.tell("took", std::round(took.count()), "s");
  keep_figures(figures, part, options);
  return figures;
}

Figures run_or_resume(const Part& part, const Options& options) {
  std::cout << "== " << part.name << ": " << part.sentence << std::endl;
  const auto kept = options.resume ? kept_figures(part, options) : std::nullopt;
  if (kept) std::cout << "It was run earlier, with the same sources.\n";
  const Figures figures = kept ? *kept : run(part, options);
  std::vector<Row> rows;
  for (const Figure& figure : figures.all()) rows.push_back({part.name, figure});
  print_table(std::cout, rows);
  std::cout << std::endl;
  return figures;
}

int run_all(const Options& options) {
  std::vector<Row> rows;
  bool missed = false;
  for (const Part& part : all_parts()) {
    const auto asked = std::find(options.parts.begin(), options.parts.end(), part.name);
    if (!options.parts.empty() && asked == options.parts.end()) continue;
    const Figures figures = run_or_resume(part, options);
    missed = missed || figures.any(Verdict::missed);
    for (const Figure& figure : figures.all()) rows.push_back({part.name, figure});
  }
  std::cout << "== All figures, at scale " << options.scale << ", seed " << options.seed << '\n';
  print_table(std::cout, rows);
  std::cout << (missed ? "A goal was missed." : "Every goal that was tried was met.") << std::endl;
  return missed ? 1 : 0;
}

}  // namespace
}  // namespace blitzen::soak

int main(int argc, char** argv) {
  blitzen::init(argc, argv);
  using namespace blitzen::soak;
  try {
    if (const auto role = role_asked_for(argc, argv)) return play(*role);
    const Options options = parse_options({argv + 1, argv + argc});
    if (options.help) {
      std::cout << usage;
    } else {
      return run_all(options);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 2;
  }
}
