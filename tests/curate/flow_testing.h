#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/hash.h"
#include "curate/flow/executor.h"
#include "tests/curate/readers_testing.h"
#include "tests/error_testing.h"

namespace fundi::curate {

inline std::string sentence_of(uint64_t seed, int words) {
  static const std::vector<std::string> kWords = {
      "mkulima", "shamba",  "mahindi", "mvua", "soko", "bei",    "mbegu", "mbolea",
      "kuku",    "ng'ombe", "maziwa",  "maji", "jua",  "udongo", "panda", "vuna"};
  std::string text;
  for (int i = 0; i < words; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    if (i > 0) text += ' ';
    text += kWords[seed >> 60];
    text += std::to_string((seed >> 40) % 500);
  }
  return text + ".";
}

// Rows of which some are copies, some near copies and some too short.
inline std::string corpus(int rows) {
  std::string out;
  for (int i = 0; i < rows; ++i) {
    const int of = i % 11 == 10 ? i - 10 : i;  // each eleventh is a copy
    std::string text = sentence_of(static_cast<uint64_t>(of) + 1, i % 13 == 12 ? 3 : 60);
    if (i % 17 == 16) text = sentence_of(static_cast<uint64_t>(i), 60) + " Mwisho.";
    if (i % 17 == 0) text = sentence_of(static_cast<uint64_t>(i) + 16, 60);
    out += dump_json(Json{{"text", text}}) + "\n";
  }
  return out;
}

inline Execution run_locally(const fs::path& recipe, int threads,
                             const std::vector<std::string>& overrides = {},
                             uint64_t memory = 1'000'000'000) {
  const Plan plan(CurateRecipe::load(recipe, overrides));
  for (const Executor& executor : executors()) {
    if (executor.name == "local") {
      return executor.run(plan, {.threads = threads, .memory = memory});
    }
  }
  return {};
}

// So little that all sorts and outboxes spill, some in several levels.
constexpr uint64_t kTinyMemory = 4'000;

// Begins a recipe again and again and kills it, each time a little later.
inline void run_killed(const fs::path& recipe, int kills) {
  for (int kill = 0; kill < kills; ++kill) {
    const pid_t child = ::fork();
    if (child == 0) {
      run_locally(recipe, 1, {}, kill % 2 == 0 ? kTinyMemory : 1'000'000'000);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(3000 + 9000 * kill));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
  }
}

// What a run leaves for people, as one digest.
inline std::string digest_of(const fs::path& output) {
  std::string all;
  for (const char* part : {"data", "rejects", "quarantine", "card.json"}) {
    all += sha256_path(output / part) + "\n";
  }
  return all;
}

}  // namespace fundi::curate
