#include "tests/soak/kept_figures.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace blitzen::soak {
namespace {

std::filesystem::path file_of(const Part& part, const Options& options) {
  return options.figures.empty() ? options.directory / part.name / "figures" : options.figures / part.name;
}

std::string title_of(const Options& options) {
  std::ostringstream title;
  title << "sources " << options.sources << ", scale " << options.scale << ", seed " << options.seed;
  return title.str();
}

}  // namespace

void keep_figures(const Figures& figures, const Part& part, const Options& options) {
  const auto path = file_of(part, options);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path);
  file << title_of(options) << '\n' << figures.to_lines() << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::optional<Figures> kept_figures(const Part& part, const Options& options) {
  std::ifstream file(file_of(part, options));
  std::string title;
  if (!std::getline(file, title) || title != title_of(options)) return std::nullopt;
  Figures figures;
  figures.take_lines({std::istreambuf_iterator<char>(file), {}});
  if (figures.all().empty() || figures.any(Verdict::missed) || figures.any(Verdict::not_run)) return std::nullopt;
  return figures;
}

}  // namespace blitzen::soak
