#include "curate/language/fasttext.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "curate/language/identify.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;

const fs::path kData = fs::path(FUNDI_TEST_DATA) / "language";
constexpr const char* kModels[] = {"hierarchical.bin", "softmax.bin", "pruned.ftz"};

class Scratch {
 public:
  Scratch() {
    std::string name = fs::temp_directory_path() / "fundi_fasttext_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Scratch() { fs::remove_all(folder_); }
  fs::path write(std::string_view bytes) const {
    write_file_atomic(folder_ / "model.bin", bytes);
    return folder_ / "model.bin";
  }

 private:
  fs::path folder_;
};

std::string error_of(const fs::path& path) {
  try {
    FastTextModel model(path);
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
      ASSERT_EQ(found.size(), one["labels"].size()) << name << ": " << text;
      for (size_t i = 0; i < found.size(); ++i) {
        const double p = one["labels"][i][1];
        EXPECT_NEAR(found[i].probability, p, 2e-5) << name << ": " << text;
        if (p < 1e-3) continue;
        EXPECT_EQ(model.labels()[found[i].label], one["labels"][i][0]) << name << ": " << text;
      }
    }
  }
}

TEST(FastText, IdentifiesWithItsProbability) {
  const FastTextModel model(kData / "softmax.bin");
  const std::string_view text = "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa.";
  const Identified found = identify(text, model);
  EXPECT_EQ(found.language, "sw");
  EXPECT_EQ(found.script, "Latn");
  EXPECT_NEAR(found.score, 0.99, 0.02);
  EXPECT_EQ(identify("123", model).language, "");
  EXPECT_TRUE(is_identified("sw", &model));
  EXPECT_FALSE(is_identified("ha", &model));
}

TEST(FastText, TruncatedFilesAreNamed) {
  const Scratch scratch;
  for (const char* const name : kModels) {
    const std::string whole = read_file(kData / name);
    for (size_t size = 0; size < whole.size(); size += size < 400 ? 1 : 97) {
      const std::string error = error_of(scratch.write(whole.substr(0, size)));
      ASSERT_THAT(error, HasSubstr("model.bin")) << name << " of " << size;
      ASSERT_THAT(error, HasSubstr("byte")) << name << " of " << size;
    }
  }
}

TEST(FastText, LyingCountsAreErrors) {
  const Scratch scratch;
  const std::string whole = read_file(kData / "hierarchical.bin");
  const auto error = [&](size_t at, int32_t value) {
    return error_of(scratch.write(with_int(whole, at, value)));
  };
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
  EXPECT_THAT(error_of("/nowhere/model.bin"), HasSubstr("/nowhere/model.bin"));
}

// Whatever the bytes, an error or a model that answers with probabilities.
TEST(FastText, SurvivesDamage) {
  const Scratch scratch;
  std::minstd_rand random(9);
  size_t loaded = 0;
  for (int round = 0; round < 600; ++round) {
    std::string bytes = read_file(kData / kModels[round % 3]);
    for (size_t n = 1 + random() % 3; n > 0; --n) {
      const size_t limit = round % 2 ? 300 : bytes.size();
      bytes[random() % limit] = static_cast<char>(random() % 4 ? random() : 0xFF);
    }
    const fs::path path = scratch.write(bytes);
    try {
      const FastTextModel model(path);
      ++loaded;
      for (const auto& [label, p] : model.predict("Watu wote huru, 和平 all", 3)) {
        ASSERT_LT(label, model.labels().size());
        ASSERT_TRUE(p >= 0 && p <= 1);
      }
    } catch (const Error&) {
    }
  }
  EXPECT_GT(loaded, 100u);
}

}  // namespace
}  // namespace fundi::curate
