#include "curate/extract/isolated.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/files.h"
#include "base/stopwatch.h"
#include "tests/error_testing.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;

// What the process does with some documents; all others it extracts.
Result<Extracted> misbehave(std::string_view bytes, ContentType type, std::string_view charset,
                            const ExtractOptions& options) {
  if (bytes == "crash") {
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer has a handler of its own
    ::raise(SIGSEGV);
  }
  if (bytes == "hang") {
    while (true) ::pause();
  }
  if (bytes == "exit") ::_exit(7);
  if (bytes == "bloat") {
    std::vector<std::string> blocks;
    while (true) blocks.emplace_back(50'000'000, 'x');
  }
  static std::vector<std::string> kept;  // by documents before this one
  if (bytes == "keep") kept.emplace_back(250'000'000, 'x');
  if (bytes == "crash the next") {
    kept.emplace_back();
  } else if (!kept.empty() && kept.back().empty()) {
    ::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
  }
  if (bytes == "process") {
    Extracted out;
    out.text = std::to_string(::getpid());
    return out;
  }
  if (bytes == "files") {
    Extracted out;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
      out.text += entry.path().filename().string() + " ";
    }
    return out;
  }
  return extract(bytes, type, charset, options);
}

// The test program run again as the extracting process; before main, which would print.
const int kServe = [] {
  const std::string arguments = read_file("/proc/self/cmdline");
  if (arguments.find("curate-extract") != std::string::npos) {
    ::_exit(serve_extraction(STDIN_FILENO, STDOUT_FILENO, misbehave));
  }
  return 0;
}();

std::string text_of(IsolatedExtractor& extractor, std::string_view bytes) {
  const auto out = extractor.extract(bytes, ContentType::kText, "", {});
  return out.ok() ? out.value().text : std::string("! ") + out.error().what();
}

size_t open_files() {
  return static_cast<size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

TEST(IsolatedExtractor, ExtractsAsTheFunctionDoes) {
  IsolatedExtractor extractor;
  const auto out = extractor.extract("---\ntitle: T\nlang: sw\n---\ncaf\xe9\n",
                                     ContentType::kMarkdown, "latin1", {});
  ASSERT_TRUE(out.ok()) << out.error().what();
  EXPECT_EQ(out.value().text, "café\n");
  EXPECT_EQ(out.value().title, "T");
  EXPECT_EQ(out.value().language, "sw");
  const auto bad = extractor.extract("no pdf", ContentType::kPdf, "", {});
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code(), ErrorCode::kCorruptData);
  EXPECT_THAT(bad.error().what(), HasSubstr("no PDF"));
  const std::string large(20'000'000, 'x');
  EXPECT_TRUE(text_of(extractor, large) == large);
  EXPECT_EQ(text_of(extractor, ""), "");
}

TEST(IsolatedExtractor, OneProcessServesUntilItFails) {
  IsolatedExtractor extractor;
  const std::string first = text_of(extractor, "process");
  EXPECT_EQ(text_of(extractor, "process"), first);
  EXPECT_EQ(text_of(extractor, "crash"), "! extraction crashed (signal 11)");
  const std::string second = text_of(extractor, "process");
  EXPECT_NE(second, first);
  EXPECT_EQ(text_of(extractor, "exit"), "! extraction ended with status 7");
  EXPECT_EQ(text_of(extractor, "fine"), "fine");
  EXPECT_EQ(::kill(std::stoi(first), 0), -1);  // neither alive nor a zombie
  EXPECT_EQ(::kill(std::stoi(second), 0), -1);
}

TEST(IsolatedExtractor, TimeIsLimited) {
  IsolatedExtractor extractor({.seconds = 0.3});
  const Stopwatch watch;
  EXPECT_EQ(text_of(extractor, "hang"), "! extraction took longer than 0.3 s");
  EXPECT_LT(watch.seconds(), 10);
  IsolatedExtractor patient;
  EXPECT_EQ(text_of(patient, "fine"), "fine");
}

TEST(IsolatedExtractor, MemoryIsLimited) {
  IsolatedExtractor extractor({.memory = 400'000'000});
#ifdef __SANITIZE_ADDRESS__  // whose allocator ends the process instead of throwing
  EXPECT_THAT(text_of(extractor, "bloat"), HasSubstr("! extraction "));
#else
  EXPECT_EQ(text_of(extractor, "bloat"), "! extraction needs more than 400.0 MB of memory");
#endif
  EXPECT_EQ(text_of(extractor, "fine"), "fine");
}

TEST(IsolatedExtractor, WhatOthersLeftBehindIsHeldAgainstNone) {
  IsolatedExtractor extractor({.memory = 400'000'000});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text_of(extractor, "keep"), "keep");
  EXPECT_EQ(text_of(extractor, "crash the next"), "crash the next");
  EXPECT_EQ(text_of(extractor, "fine"), "fine");
  EXPECT_EQ(text_of(extractor, "crash"), "! extraction crashed (signal 11)");
  EXPECT_EQ(text_of(extractor, "fine"), "fine");
}

TEST(IsolatedExtractor, NothingLeaks) {
  const size_t before = open_files();
  const int inherited = ::dup(STDERR_FILENO);  // without O_CLOEXEC
  {
    IsolatedExtractor extractor;
    for (int i = 0; i < 3; ++i) EXPECT_THAT(text_of(extractor, "crash"), HasSubstr("crashed"));
    std::string files = text_of(extractor, "files");
    EXPECT_EQ(std::count(files.begin(), files.end(), ' '), 4) << files;  // 0, 1, 2 and the folder
    const pid_t process = std::stoi(text_of(extractor, "process"));
    EXPECT_EQ(::kill(process, 0), 0);
  }
  ::close(inherited);
  EXPECT_EQ(open_files(), before);
}

TEST(IsolatedExtractor, AProgramThatIsNotThere) {
  IsolatedExtractor extractor({.program = "/nowhere/fundi"});
  EXPECT_THAT(message_of(ErrorCode::kIo, [&] { text_of(extractor, "x"); }),
              HasSubstr("/nowhere/fundi: cannot start"));
}

}  // namespace
}  // namespace fundi::curate
