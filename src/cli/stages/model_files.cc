#include "cli/stages/model_files.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "base/error.h"

namespace fundi::cli {

std::vector<std::string> model_files(const fs::path& directory) {
  static constexpr std::array kNames = {"config.json",
                                        "generation_config.json",
                                        "tokenizer.json",
                                        "tokenizer_config.json",
                                        "special_tokens_map.json",
                                        "chat_template.jinja",
                                        "model.safetensors.index.json"};
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    const bool weights = name.starts_with("model") && name.ends_with(".safetensors");
    if (weights || std::find(kNames.begin(), kNames.end(), name) != kNames.end()) {
      names.push_back(name);
    }
  }
  if (error) {
    fail(ErrorCode::kNotFound, "{}: cannot list: {}", directory.string(), error.message());
  }
  std::sort(names.begin(), names.end());
  if (!std::binary_search(names.begin(), names.end(), "config.json")) {
    fail(ErrorCode::kNotFound, "{}: has no config.json; give a model directory",
         directory.string());
  }
  return names;
}

void link_model_files(const fs::path& from, const fs::path& to) {
  for (const std::string& name : model_files(from)) {
    std::error_code error;
    fs::create_hard_link(from / name, to / name, error);
    if (error) fs::copy_file(from / name, to / name, error);
    if (error) {
      fail(ErrorCode::kIo, "{}: cannot copy to {}: {}", (from / name).string(), to.string(),
           error.message());
    }
  }
}

}  // namespace fundi::cli
