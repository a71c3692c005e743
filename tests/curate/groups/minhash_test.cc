// The step `minhash` with a threshold, on texts whose similarity is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "base/random.h"
#include "curate/dedup/minhash.h"
#include "curate/words/simplify.h"
#include "tests/curate/groups/groups_testing.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<uint64_t>;

// Shingles are words here, each of which stands once in its text.
std::string text_of(const Words& words) {
  std::string text;
  for (uint64_t word : words) {
    for (int i = 0; i < 13; ++i, word /= 26) text += static_cast<char>('a' + word % 26);
    text += ' ';
  }
  return text + ".";
}

Words draw(Random& random, size_t count) {
  Words words(count);
  for (uint64_t& word : words) word = random.next();
  return words;
}

// Of 100 words as many are others' that (100 - n) / (100 + n) are common of all.
Words changed(Random& random, Words words, size_t n) {
  shuffle(std::span(words), random);
  for (size_t i = 0; i < n; ++i) words[i] = random.next();
  return words;
}

double similarity(const Words& a, const Words& b) {
  const std::set<uint64_t> x(a.begin(), a.end()), y(b.begin(), b.end());
  size_t both = 0;
  for (const uint64_t word : x) both += y.count(word);
  return static_cast<double>(both) / static_cast<double>(x.size() + y.size() - both);
}

// Clusters, as the least document of each.
class Clusters {
 public:
  explicit Clusters(size_t n) : least_(n) { std::iota(least_.begin(), least_.end(), size_t{0}); }
  size_t of(size_t i) const { return least_[i] == i ? i : of(least_[i]); }
  void unite(size_t a, size_t b) {
    a = of(a), b = of(b);
    least_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> least_;
};

std::string step(const std::string& settings) {
  return "[{minhash: {ngram: 1, rounds: 8, action: mark, " + settings + "}}]";
}

Clusters clusters_of(const GroupRun& curate, const std::vector<Words>& documents,
                     const std::string& settings, int threads = 2, int partitions = 3) {
  std::vector<std::string> texts;
  for (const Words& words : documents) texts.push_back(text_of(words));
  const auto written = curate.run(rows_of(texts), step(settings), threads, partitions, "40KB");
  Clusters clusters(documents.size());
  for (const auto& [row, record] : written) {
    if (!record.meta.contains("cluster")) continue;
    const auto id = record.meta.at("cluster").get<std::string>();
    clusters.unite(row, std::stoul(id.substr(id.rfind(':') + 1)));
  }
  return clusters;
}

bool share_a_bucket(const dedup::MinHasher& hasher, const Words& a, const Words& b) {
  std::vector<uint64_t> shingles, x, y;
  shingle_hashes(simplify(text_of(a)), 1, shingles);
  hasher.keys(shingles, x);
  shingle_hashes(simplify(text_of(b)), 1, shingles);
  hasher.keys(shingles, y);
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i]) return true;
  }
  return false;
}

TEST(MinHashThreshold, NoLinkBelowItStaysAndNoneAboveIsLost) {
  Random random(3);
  std::vector<Words> documents;
  for (int i = 0; i < 120; ++i) {
    documents.push_back(draw(random, 100));
    // One to three others, of similarity 0.54 to 1 to the first.
    for (int more = 1 + i % 3; more > 0; --more) {
      documents.push_back(changed(random, documents.back(), random.below(30)));
    }
  }
  shuffle(std::span(documents), random);
  const dedup::MinHasher hasher({.ngram = 1, .buckets = 20, .hashes = 4});
  const double threshold = 0.75;
  Clusters alike(documents.size()), found(documents.size());
  size_t below = 0;
  for (size_t a = 0; a < documents.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      const double s = similarity(documents[a], documents[b]);
      const bool bucket = s > 0 && share_a_bucket(hasher, documents[a], documents[b]);
      below += bucket && s < threshold;
      if (s < threshold) continue;
      alike.unite(a, b);
      if (bucket) found.unite(a, b);
    }
  }
  EXPECT_GT(below, 50u);  // that the check has to take out
  const GroupRun curate;
  const Clusters kept = clusters_of(curate, documents, "buckets: 20, hashes: 4, threshold: 0.75");
  for (size_t i = 0; i < documents.size(); ++i) {
    EXPECT_EQ(kept.of(found.of(i)), kept.of(i)) << i << " lost";
    EXPECT_EQ(alike.of(kept.of(i)), alike.of(i)) << i << " linked below the threshold";
  }
  const std::string whole = digest_of(curate.output());
  clusters_of(curate, documents, "buckets: 20, hashes: 4, threshold: 0.75", 1, 3);
  EXPECT_EQ(digest_of(curate.output()), whole);
  fs::remove_all(curate.output());
  run_locally(curate.recipe(), 2, {}, kTinyMemory);  // sets of shingles are spilt too
  EXPECT_EQ(digest_of(curate.output()), whole);
  const std::string data = sha256_path(curate.output() / "data");
  clusters_of(curate, documents, "buckets: 20, hashes: 4, threshold: 0.75", 3, 1);
  EXPECT_EQ(sha256_path(curate.output() / "data"), data);
}

// The first of a bucket may be like none of the others, or like some of them only.
TEST(MinHashThreshold, ABadCenterLosesNoGoodPair) {
  Random random(5);
  const Words first = draw(random, 100);
  const Words one = changed(random, first, 40), other = changed(random, one, 5);
  ASSERT_LT(similarity(first, other), 0.7);
  ASSERT_GT(similarity(one, other), 0.8);
  const Words near = changed(random, first, 10);
  Words chain = near;  // like `near`, and not like `first`
  for (size_t i = 0, n = 0; n < 10; ++i) {
    if (std::find(first.begin(), first.end(), chain[i]) != first.end())
      chain[i] = random.next(), ++n;
  }
  ASSERT_GT(similarity(near, chain), 0.8);
  ASSERT_LT(similarity(first, chain), 0.7);
  const GroupRun curate;
  const std::string wide = "buckets: 200, hashes: 1";  // all share one
  const Clusters kept =
      clusters_of(curate, {first, one, other, near, chain}, wide + ", threshold: 0.75");
  EXPECT_EQ(kept.of(1), 1u);
  EXPECT_EQ(kept.of(2), 1u);
  EXPECT_EQ(kept.of(3), 0u);
  EXPECT_EQ(kept.of(4), 0u);
  EXPECT_EQ(clusters_of(curate, {first, one, other, near, chain}, wide).of(2), 0u);
}

TEST(MinHashThreshold, MayBeEqualledAndMustBeAFraction) {
  Random random(7);
  const Words first = draw(random, 100), third = changed(random, first, 50);  // 50 of 150
  ASSERT_DOUBLE_EQ(similarity(first, third), 1.0 / 3);
  const GroupRun curate;
  const std::string wide = "buckets: 200, hashes: 1, threshold: ";
  EXPECT_EQ(clusters_of(curate, {first, third}, wide + "0.3333").of(1), 0u);
  EXPECT_EQ(clusters_of(curate, {first, third}, wide + "0.3334").of(1), 1u);
  EXPECT_EQ(clusters_of(curate, {first, first}, wide + "1").of(1), 0u);
  EXPECT_THAT(
      message_of(ErrorCode::kInvalidArgument, [&] { clusters_of(curate, {first}, wide + "1.5"); }),
      HasSubstr("threshold: must be from 0 to 1, not 1.5"));
}

}  // namespace
}  // namespace fundi::curate
