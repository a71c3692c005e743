// The order of the layers: a file of src/MODULE may include its own module and those before it in
// kLayers, save for kForbidden. Only cli (and main.cc and the tests) may include backends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fundi {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kLayers = {"base",  "recipe",   "tensor", "formats", "ops",
                                          "text",  "models",   "data",   "curate",  "evals",
                                          "train", "serve",    "backends", "cli"};
const std::set<std::pair<std::string, std::string>> kForbidden = {{"serve", "train"},
                                                                  {"ops", "formats"}};

ptrdiff_t layer_of(const std::string& module) {
  const auto found = std::find(kLayers.begin(), kLayers.end(), module);
  return found == kLayers.end() ? -1 : found - kLayers.begin();
}

// What is wrong with `module` including `included`, or nothing.
std::string objection(const std::string& module, const std::string& included) {
  if (included.find('/') == std::string::npos) return "is not written from src/ on";
  const std::string other = included.substr(0, included.find('/'));
  if (layer_of(other) < 0) return "is in no module of fundi";
  if (module == "main.cc" || other == module) return "";
  if (layer_of(other) > layer_of(module)) return "is not above " + module;
  if (other == "backends" && module != "cli") return "belongs to backends, which only cli includes";
  if (kForbidden.contains({module, other}))
    return "belongs to " + other + ", which " + module + " must not use";
  return "";
}

// "file:line: what", for each include under `src` that breaks the order.
std::vector<std::string> violations(const fs::path& src) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*"([^"]*)")re");
  static const std::set<std::string> kSuffixes = {".h", ".cc", ".cu", ".cuh"};
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(src)) {
    if (!entry.is_regular_file() || !kSuffixes.contains(entry.path().extension())) continue;
    const fs::path file = entry.path().lexically_relative(src);
    const std::string module = *file.begin();
    if (module != "main.cc" && layer_of(module) < 0) {
      out.push_back(file.string() + ": lies in no module; add it to the order of layers");
      continue;
    }
    std::ifstream stream(entry.path());
    std::string line;
    std::smatch match;
    for (int number = 1; std::getline(stream, line); ++number) {
      if (!std::regex_search(line, match, kInclude)) continue;
      const std::string why = objection(module, match[1]);
      if (!why.empty()) {
        out.push_back(file.string() + ":" + std::to_string(number) + ": \"" + match[1].str() +
                      "\" " + why);
      }
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(IncludeOrder, IsKept) {
  const fs::path src = fs::path(FUNDI_SOURCE_DIR) / "src";
  ASSERT_TRUE(fs::exists(src / "base" / "error.h"));
  EXPECT_THAT(violations(src), IsEmpty());
}

TEST(IncludeOrder, BreachesAreFound) {
  std::string name = fs::temp_directory_path() / "fundi_structure_XXXXXX";
  const fs::path src = ::mkdtemp(name.data());
  const auto write = [&](const fs::path& path, const std::string& text) {
    fs::create_directories((src / path).parent_path());
    std::ofstream(src / path) << text;
  };
  write("main.cc", "#include \"cli/all.h\"\n#include \"backends/all.h\"\n");
  write("cli/ok.cc", "#include \"backends/all.h\"\n#include \"train/loop.h\"\n#include <omp.h>\n");
  write("base/up.h", "#pragma once\n\n  #  include \"tensor/tensor.h\"\n");
  write("serve/s.cc",
        "#include \"serve/s.h\"\n#include \"train/loop.h\"\n#include \"models/model.h\"\n");
  write("ops/o.cu", "#include \"formats/gguf.h\"\n");
  write("models/deep/m.cc",
        "#include \"backends/all.h\"\n#include \"local.h\"\n#include \"zlib/z.h\"\n");
  write("backends/cpu/b.cc", "#include \"cli/all.h\"\n#include \"ops/o.h\"\n");
  write("stray/s.h", "");
  write("base/README.md", "#include \"cli/all.h\"\n");
  EXPECT_THAT(
      violations(src),
      ElementsAre("backends/cpu/b.cc:1: \"cli/all.h\" is not above backends",
                  "base/up.h:3: \"tensor/tensor.h\" is not above base",
                  "models/deep/m.cc:1: \"backends/all.h\" is not above models",
                  "models/deep/m.cc:2: \"local.h\" is not written from src/ on",
                  "models/deep/m.cc:3: \"zlib/z.h\" is in no module of fundi",
                  "ops/o.cu:1: \"formats/gguf.h\" belongs to formats, which ops must not use",
                  "serve/s.cc:2: \"train/loop.h\" belongs to train, which serve must not use",
                  "stray/s.h: lies in no module; add it to the order of layers"));
  fs::remove_all(src);
}

}  // namespace
}  // namespace fundi
