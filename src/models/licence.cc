#include "models/licence.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/yaml.h"

namespace fundi::models {
namespace {

constexpr size_t kMaxRead = 1 << 20;

// Phrases of licence texts, the more particular first, and their names on the Hub.
constexpr auto kTexts = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"apache license", "apache-2.0"},
    {"llama 3.3 community license", "llama3.3"},
    {"llama 3.2 community license", "llama3.2"},
    {"llama 3.1 community license", "llama3.1"},
    {"llama 3 community license", "llama3"},
    {"llama 2 community license", "llama2"},
    {"gemma terms of use", "gemma"},
    {"deepseek license agreement", "deepseek"},
    {"qwen research license", "qwen-research"},
    {"qwen license agreement", "qwen"},
    {"gnu affero general public license", "agpl-3.0"},
    {"gnu lesser general public license", "lgpl"},
    {"gnu general public license", "gpl"},
    {"mozilla public license version 2.0", "mpl-2.0"},
    {"creative commons attribution-noncommercial", "cc-by-nc"},
    {"creative commons attribution-sharealike", "cc-by-sa"},
    {"creative commons attribution", "cc-by"},
    {"permission is hereby granted, free of charge", "mit"},
    {"redistribution and use in source and binary forms", "bsd"},
});

std::string read_start(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxRead, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

// Lower case, with single spaces: texts are broken into lines differently.
std::string normalised(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isspace(byte) == 0) {
      result += static_cast<char>(std::tolower(byte));
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  return result;
}

std::optional<std::string> front_matter_licence(const std::string& readme) {
  constexpr std::string_view kFence = "---\n";
  if (!readme.starts_with(kFence)) return std::nullopt;
  const size_t end = readme.find("\n---", kFence.size() - 1);
  if (end == std::string::npos) return std::nullopt;
  try {
    const std::string yaml = readme.substr(kFence.size(), end + 1 - kFence.size());
    const Json json = parse_yaml_json(yaml, "README.md");
    for (const char* key : {"license_name", "license"}) {  // the name is of licence "other"
      const auto found = json.is_object() ? json.find(key) : json.end();
      if (found != json.end() && found->is_string()) return found->get<std::string>();
    }
  } catch (const Error&) {  // a card need not be well-formed
  }
  return std::nullopt;
}

bool is_licence_file(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.starts_with("license") || name.starts_with("licence") || name.starts_with("copying");
}

std::vector<fs::path> licence_files(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.is_regular_file(ignored) && is_licence_file(entry.path().filename().string())) {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

std::optional<Licence> find_licence(const fs::path& directory) {
  if (const auto name = front_matter_licence(read_start(directory / "README.md"))) {
    return Licence{*name, "README.md"};
  }
  for (const fs::path& path : licence_files(directory)) {
    const std::string text = normalised(read_start(path));
    for (const auto& [phrase, name] : kTexts) {
      if (text.find(phrase) != std::string::npos) {
        return Licence{std::string(name), path.filename().string()};
      }
    }
    return Licence{"unknown", path.filename().string()};
  }
  return std::nullopt;
}

std::optional<Licence> find_licence(const formats::GgufMetadata& metadata) {
  for (const char* key : {"general.license.name", "general.license"}) {
    const formats::GgufValue* value = metadata.find(key);
    if (value == nullptr || value->is_array || value->type != formats::GgufType::kString) continue;
    return Licence{metadata.get<std::string>(key), key};
  }
  return std::nullopt;
}

}  // namespace fundi::models
