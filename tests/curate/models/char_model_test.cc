#include "curate/models/char_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "curate/models/packed.h"
#include "tests/error_testing.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string_view> kTexts = {
    "watu wote wamezaliwa huru", "hadhi na haki zao ni sawa", "wote wamejaliwa akili na dhamiri",
    "watu na wote na haki", "habari ya leo 2024? habari njema!"};

// Witten and Bell as the paper has it, from counts in a map of strings, by recursion.
class Reference {
 public:
  Reference(std::span<const std::string_view> texts, std::u32string_view alphabet) {
    for (const char32_t c : alphabet) symbols_ += static_cast<char>(c);
    for (const std::string_view text : texts) {
      const std::string seen = " " + known(text);
      for (size_t i = 1; i < seen.size(); ++i) {
        for (size_t n = 0; n < CharCounts::kOrder && n <= i; ++n) {
          ++after_[seen.substr(i - n, n)][seen[i]];
        }
      }
    }
  }
  // Characters outside the alphabet are '*'.
  std::string known(std::string_view text) const {
    std::string out(text);
    for (char& c : out) {
      if (c >= '0' && c <= '9') c = '0';
      if (symbols_.find(c) == std::string::npos) c = '*';
    }
    return out;
  }
  double probability(const std::string& history, char c) const {
    const double shorter = history.empty() ? 1.0 / static_cast<double>(symbols_.size() + 1)
                                           : probability(history.substr(1), c);
    const auto found = after_.find(history);
    if (found == after_.end()) return shorter;
    double n = 0;
    for (const auto& [next, count] : found->second) n += count;
    const auto seen = found->second.find(c);
    const double count = seen == found->second.end() ? 0 : seen->second;
    const auto types = static_cast<double>(found->second.size());
    return (count + types * shorter) / (n + types);
  }
  double bits(std::string_view text) const {
    const std::string seen = " " + known(text);
    double bits = 0;
    for (size_t i = 1; i < seen.size(); ++i) {
      const size_t n = std::min<size_t>(i, CharCounts::kOrder - 1);
      bits -= std::log2(probability(seen.substr(i - n, n), seen[i]));
      if (seen[i] == '*') bits += std::log2(CharModel::kOthers);
    }
    return bits;
  }

 private:
  std::string symbols_;
  std::map<std::string, std::map<char, double>> after_;
};

TEST(CharModel, EqualsABruteForceReference) {
  const CharCounts counts = CharCounts::count(kTexts);
  const CharModel model(counts);
  const Reference reference(kTexts, counts.alphabet);
  for (const std::string text :
       {"watu wote", "w", "habari za haki 17", "zzz qqq xyz", "na na na na", "wamezaliwa$huru"}) {
    const CharModel::Score score = model.score(text);
    EXPECT_EQ(score.characters, text.size());
    EXPECT_NEAR(score.bits, reference.bits(text), 1e-4 * static_cast<double>(text.size())) << text;
  }
}

TEST(CharModel, ProbabilitiesSumToOne) {
  const CharCounts counts = CharCounts::count(kTexts);
  const CharModel model(counts);
  // Not after a space, where one more is no character.
  for (const std::string history : {"w", "wamez", "na na", "xqz", "wote wamejaliw", "~"}) {
    const auto probability = [&](const std::string& next) {
      return std::exp2(model.score(history).bits - model.score(history + next).bits);
    };
    double sum = probability("~") * CharModel::kOthers;
    for (const char32_t c : counts.alphabet) sum += probability({static_cast<char>(c)});
    EXPECT_NEAR(sum, 1, 1e-5) << history;
  }
}

TEST(CharModel, PrefersWhatItLearntAndPricesStrangeScripts) {
  const CharModel model(CharCounts::count(kTexts));
  EXPECT_LT(model.score("watu wote na haki").perplexity(),
            model.score("utaw teow an ikah").perplexity());
  EXPECT_GT(model.score("\u0437\u0434\u0440\u0430\u0432").perplexity(), CharModel::kOthers);
  EXPECT_EQ(model.score("WATU  \n wote").bits, model.score("watu wote").bits);
  EXPECT_TRUE(std::isnan(model.score("  ").perplexity()));
  EXPECT_TRUE(std::isfinite(CharModel(CharCounts{}).score("abc").perplexity()));
}

TEST(CharCounts, RoundTrip) {
  const CharCounts counts = CharCounts::count(kTexts);
  const std::string packed = counts.pack();
  EXPECT_EQ(packed, CharCounts::count(kTexts).pack());
  const CharCounts read = CharCounts::unpack(packed, "x");
  EXPECT_EQ(read.alphabet, counts.alphabet);
  EXPECT_EQ(read.pack(), packed);
}

TEST(CharCounts, ShorteningRareGramsKeepsTheShortOnes) {
  const CharCounts all = CharCounts::count(kTexts);
  const CharCounts few = CharCounts::count(kTexts, 3, 60);
  EXPECT_LE(few.grams.size(), 60u);
  const auto letters = [](const CharCounts& counts) {
    std::map<uint64_t, uint64_t> n;
    for (const auto& gram : counts.grams) n[gram.key >> 48] += gram.count;
    return n;
  };
  EXPECT_EQ(letters(few), letters(all));
  EXPECT_NEAR(CharModel(few).score("watu wote").perplexity(),
              CharModel(all).score("watu wote").perplexity(), 10);
}

TEST(CharCounts, RefusesDamage) {
  const std::string packed = CharCounts::count(kTexts).pack();
  const auto error_of = [](std::string_view bytes) {
    return message_of(ErrorCode::kCorruptData, [&] { CharCounts::unpack(bytes, "sw.json"); });
  };
  for (size_t size = 0; size < packed.size(); ++size) {
    EXPECT_THAT(error_of(std::string_view(packed).substr(0, size)), HasSubstr("sw.json"));
  }
  for (size_t i = 0; i < packed.size(); ++i) {
    std::string bent = packed;
    bent[i] = static_cast<char>(bent[i] ^ 0x55);
    try {
      CharCounts::unpack(bent, "x");
    } catch (const Error& error) {
      EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::kCorruptData));
    }
  }
  const std::string whole = unpack(packed, 1 << 20, "x");
  EXPECT_THAT(error_of(pack(whole + "x")), HasSubstr("bytes after"));
  EXPECT_THAT(error_of(pack(whole.substr(0, whole.size() - 1))), HasSubstr("damaged"));
  EXPECT_THAT(error_of(pack(std::string("\0\1\x80\x80\x80\x80\x80\x80\x80\1\1", 11))),
              HasSubstr("no symbol"));
  EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { unpack(packed, 8, "x"); }),
              HasSubstr("at most 8"));
}

}  // namespace
}  // namespace fundi::curate
