// Runs tests/cli/transcripts/*.txt. A transcript is a session in a shell, in an empty folder:
//
//   # a comment
//   $ fundi --version          the command; `fundi` is the program just built, $SOURCE the
//   repository fundi ...                  what it prints, stdout and stderr together; "..." matches
//   any text,
//   ...                        and on a line of its own any number of lines
//   ? 2                        its exit status, where it is not 0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "tests/cli/shell.h"

namespace fundi::cli {
namespace {

struct Step {
  int line = 0;
  std::string command;
  std::vector<std::string> expected;
  int status = 0;
};

std::vector<Step> read_transcript(const fs::path& path) {
  std::vector<Step> steps;
  std::ifstream file(path);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("$ ")) {
      steps.push_back({number, line.substr(2), {}, 0});
    } else if (line.starts_with("? ") && !steps.empty()) {
      steps.back().status = std::stoi(line.substr(2));
    } else if (!line.starts_with("#") && !steps.empty() && !line.empty()) {
      steps.back().expected.push_back(line);
    }
  }
  return steps;
}

bool line_matches(std::string_view pattern, std::string_view text) {
  const size_t gap = pattern.find("...");
  if (gap == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, gap))) return false;
  const std::string_view rest = pattern.substr(gap + 3);
  for (size_t at = gap; at <= text.size(); ++at) {
    if (line_matches(rest, text.substr(at))) return true;
  }
  return false;
}

bool lines_match(const std::vector<std::string>& pattern, size_t p,
                 const std::vector<std::string>& text, size_t t) {
  if (p == pattern.size()) return t == text.size();
  if (pattern[p] == "...") {
    for (size_t at = t; at <= text.size(); ++at) {
      if (lines_match(pattern, p + 1, text, at)) return true;
    }
    return false;
  }
  return t < text.size() && line_matches(pattern[p], text[t]) &&
         lines_match(pattern, p + 1, text, t + 1);
}

std::vector<fs::path> transcripts() {
  std::vector<fs::path> paths;
  const fs::path folder = fs::path(FUNDI_SOURCE_DIR) / "tests/cli/transcripts";
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Transcript : public testing::TestWithParam<fs::path> {};

TEST_P(Transcript, IsReproduced) {
  const TemporaryFolder folder;
  const auto steps = read_transcript(GetParam());
  ASSERT_FALSE(steps.empty());
  for (const Step& step : steps) {
    const ShellResult result = run_shell(step.command, folder.path());
    std::vector<std::string> lines;
    for (const std::string& line : split(result.output, '\n')) {
      if (!line.empty()) lines.push_back(line);
    }
    EXPECT_EQ(result.status, step.status)
        << GetParam().string() << ":" << step.line << ": " << step.command << "\n"
        << result.output;
    EXPECT_TRUE(lines_match(step.expected, 0, lines, 0))
        << GetParam().string() << ":" << step.line << ": " << step.command << "\nprinted\n"
        << result.output << "\nexpected\n"
        << testing::PrintToString(step.expected);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Transcript, testing::ValuesIn(transcripts()),
                         [](const auto& test) { return test.param.stem().string(); });

TEST(TranscriptMatching, WildcardsMatchWhatTheyShould) {
  EXPECT_TRUE(line_matches("a...c", "abbbc"));
  EXPECT_TRUE(line_matches("a...", "a"));
  EXPECT_FALSE(line_matches("a...c", "abbb"));
  EXPECT_FALSE(line_matches("a", "ab"));
  EXPECT_TRUE(lines_match({"x", "...", "y"}, 0, {"x", "1", "2", "y"}, 0));
  EXPECT_FALSE(lines_match({"x", "..."}, 0, {"y"}, 0));
}

}  // namespace
}  // namespace fundi::cli
