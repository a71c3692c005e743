#include "curate/language/fasttext.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <span>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "curate/language/identify.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;

const fs::path kData = fs::path(FUNDI_TEST_DATA) / "language";
constexpr const char* kModels[] = {"hierarchical.bin", "softmax.bin", "pruned.ftz"};

std::string error_of(std::string_view bytes) {
  try {
    FastTextModel model(std::as_bytes(std::span(bytes)), "model.bin");
  } catch (const Error& error) {
    EXPECT_NE(error.code(), ErrorCode::kInternal);
    return error.what();
  }
  return "";
}

std::string with_int(std::string bytes, size_t at, int32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
  return bytes;
}

// make_fasttext_fixtures.py asked fastText itself.
TEST(FastText, PredictsAsFastTextDoes) {
  const Json expected = Json::parse(read_file(kData / "expected.json"));
  ASSERT_EQ(expected.size(), 42u);
  for (const char* const name : kModels) {
    const FastTextModel model(kData / name);
    ASSERT_EQ(model.labels().size(), 7u);
    for (const Json& one : expected) {
      if (one["model"] != name) continue;
      const auto text = one["text"].get<std::string>();
      const auto found = model.predict(text, 7);
      // fastText leaves out what is less likely than 1e-5.
      ASSERT_EQ(found.size(), 7u);
      for (size_t i = 0; i < one["labels"].size(); ++i) {
        const double p = one["labels"][i][1];
        EXPECT_NEAR(found[i].probability, p, 2e-5) << name << ": " << text;
        if (p < 1e-3) continue;
        EXPECT_EQ(model.labels()[found[i].label], one["labels"][i][0]) << name << ": " << text;
      }
    }
  }
}

TEST(FastText, IdentifiesWithItsProbability) {
  const Identifier identifier(kData / "softmax.bin");
  const Identified found =
      identifier.identify("Watu wote wamezaliwa huru, hadhi na haki zao ni sawa.");
  EXPECT_EQ(found.language, "sw");
  EXPECT_EQ(found.script, "Latn");
  EXPECT_NEAR(found.score, 0.99, 0.02);
  EXPECT_EQ(identifier.identify("123").language, "");
  EXPECT_TRUE(identifier.knows("sw"));
  EXPECT_FALSE(identifier.knows("ha"));
}

TEST(FastText, TruncatedFilesAreNamed) {
  for (const char* const name : kModels) {
    const std::string whole = read_file(kData / name);
    for (size_t size = 0; size < whole.size(); size += size < 600 ? 1 : 37) {
      const std::string error = error_of(std::string_view(whole).substr(0, size));
      ASSERT_THAT(error, HasSubstr("model.bin")) << name << " of " << size;
      ASSERT_THAT(error, HasSubstr("byte")) << name << " of " << size;
    }
  }
}

TEST(FastText, LyingCountsAreErrors) {
  const std::string whole = read_file(kData / "hierarchical.bin");
  const auto error = [&](size_t at, int32_t value) { return error_of(with_int(whole, at, value)); };
  EXPECT_THAT(error(0, 7), HasSubstr("does not begin"));
  EXPECT_THAT(error(4, 99), HasSubstr("format 99"));
  EXPECT_THAT(error(8, 0), HasSubstr("dim is 0"));
  EXPECT_THAT(error(8, 4000), HasSubstr("dimension 4000"));
  EXPECT_THAT(error(28, 1 << 30), HasSubstr("wordNgrams"));
  EXPECT_THAT(error(32, 2), HasSubstr("loss 2"));
  EXPECT_THAT(error(36, 1), HasSubstr("kind 1"));
  EXPECT_THAT(error(40, -5), HasSubstr("bucket"));
  EXPECT_THAT(error(40, 1 << 30), HasSubstr("buckets"));
  EXPECT_THAT(error(48, 1 << 20), HasSubstr("maxn"));
  EXPECT_THAT(error(64, INT32_MAX), HasSubstr("dictionary"));
  EXPECT_THAT(error(68, -1), HasSubstr("dictionary"));
  EXPECT_THROW(FastTextModel("/nowhere/model.bin"), Error);
}

// Whatever the bytes, an error or a model that answers with probabilities.
TEST(FastText, SurvivesDamage) {
  std::minstd_rand random(9);
  size_t loaded = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = read_file(kData / kModels[round % 3]);
    for (size_t n = 1 + random() % 3; n > 0; --n) {
      const size_t limit = round % 2 ? 300 : bytes.size();
      bytes[random() % limit] = static_cast<char>(random() % 4 ? random() : 0xFF);
    }
    try {
      const FastTextModel model(std::as_bytes(std::span(bytes)), "damaged");
      ++loaded;
      for (const auto& [label, p] : model.predict("Watu wote huru, 和平 all", 3)) {
        ASSERT_LT(label, model.labels().size());
        ASSERT_TRUE(p >= 0 && p <= 1);
      }
    } catch (const Error&) {
    }
  }
  EXPECT_GT(loaded, 500u);
}

}  // namespace
}  // namespace fundi::curate
