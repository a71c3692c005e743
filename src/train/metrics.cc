#include "train/metrics.h"

#include <fstream>
#include <string>

#include "base/error.h"

namespace fundi::train {
namespace {

bool is_up_to(const std::string& line, int64_t step) {
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return false;
  const auto found = json.find("step");
  return found != json.end() && found->is_number_integer() && found->get<int64_t>() <= step;
}

// The path, its file cut to the lines of steps up to `step`.
const std::filesystem::path& cut(const std::filesystem::path& path, int64_t step) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return path;  // there is none yet
  uintmax_t keep = 0;
  std::string line;
  // A last line without its newline sets eof while being read.
  while (std::getline(file, line) && !file.eof() && is_up_to(line, step)) keep += line.size() + 1;
  std::error_code error;
  std::filesystem::resize_file(path, keep, error);
  if (error) fail(ErrorCode::kIo, "{}: cannot be cut: {}", path.string(), error.message());
  return path;
}

}  // namespace

Metrics::Metrics(const std::filesystem::path& path, int64_t step) : file_(cut(path, step)) {}

}  // namespace fundi::train
