#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

namespace fundi::text {

inline const std::filesystem::path kData = FUNDI_TEST_DATA;

// A folder of its own for a test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> counter{0};
    path_ = std::filesystem::temp_directory_path() /
            ("fundi_text_" + std::to_string(getpid()) + "_" + std::to_string(counter++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A tokenizer from the text of a tokenizer.json (and a config).
inline std::shared_ptr<const Tokenizer> load_text(const std::string& json,
                                                  const std::string& config = "") {
  const TemporaryFolder folder;
  // Not write_file_atomic, whose fsync would take most of the tests' time.
  std::ofstream(folder.path() / "tokenizer.json", std::ios::binary) << json;
  if (!config.empty()) std::ofstream(folder.path() / "tokenizer_config.json") << config;
  return Tokenizer::load(folder.path());
}

inline std::string unhex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// Runs `body`, which must throw an Error of `code` whose message holds `part`.
template <typename Body>
void expect_error(ErrorCode code, const std::string& part, Body body) {
  try {
    body();
    ADD_FAILURE() << "nothing was thrown; expected: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace fundi::text
