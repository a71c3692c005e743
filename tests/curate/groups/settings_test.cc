// What steps that see all documents refuse when a recipe is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "curate/flow/group_step.h"
#include "tests/error_testing.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;

void make(std::string_view name, const std::string& yaml) {
  for (const GroupStepKind& kind : group_step_kinds()) {
    StepContext context;
    if (kind.name == name) kind.make(Config::parse_yaml(yaml, "recipe.yaml"), context);
  }
}

TEST(GroupSteps, SettingsThatMeanNothingAreRefused) {
  for (const auto& [name, yaml, what] : std::vector<std::array<std::string, 3>>{
           {"sentence_duplicates", "sentences: 0", "sentences: must be from 1 to 1000, not 0"},
           {"sentence_duplicates", "sentences: -3", "sentences: must be from 1 to 1000, not -3"},
           {"sentence_duplicates", "min_words: -1", "min_words: must be at least 0, not -1"},
           {"sentence_duplicates", "min_sentences: -1", "min_sentences: must be at least 0"},
           {"substring_duplicates", "length: 15", "length: must be at least 16, not 15"},
           {"substring_duplicates", "rounds: 0", "rounds: must be from 1 to 99, not 0"},
           {"substring_duplicates", "min_words: -1", "min_words: must be at least 0"},
           {"minhash", "ngram: 0", "ngram: must be from 1 to 1000, not 0"},
           {"minhash", "buckets: 0", "buckets: must be from 1 to 4096, not 0"},
           {"minhash", "hashes: -1", "hashes: must be from 1 to 4096, not -1"},
           {"minhash", "buckets: 4096", "buckets times hashes at most 4096"},
           {"minhash", "threshold: .nan", "threshold: must be from 0 to 1, not nan"},
           {"minhash", "rounds: 1", "rounds: must be from 2 to 99, not 1"},
           {"minhash", "priority: [a]", "priority: is for keep: source_priority"},
           {"minhash", "keep: longest\nscore: quality", "score: is for keep: best_score"},
           {"minhash", "keep: best_score\nscore: ''", "score: name the key"},
           {"exact_duplicates", "keep: source_priority", "priority: name the sources"},
           {"exact_duplicates", "keep: source_priority\npriority: [a, b, a]", "'a' stands twice"},
       }) {
    EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { make(name, yaml); }), HasSubstr(what))
        << name << ": " << yaml;
  }
}

TEST(GroupSteps, AScoreAndSourcesAreTaken) {
  make("minhash", "keep: best_score\nscore: quality");
  make("exact_duplicates", "keep: source_priority\npriority: [books, web]");
}

}  // namespace
}  // namespace fundi::curate
