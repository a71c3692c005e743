#include "base/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "base/files.h"

namespace fundi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_of(const std::function<void()>& body,
                     ErrorCode code = ErrorCode::kInvalidArgument) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code);
    return e.what();
  }
  return "nothing thrown";
}

constexpr char kRecipe[] = R"(
name: farm
stages:
  - name: pretrain
    with: {max_steps: 100, learning_rate: 1e-3}
  - name: llama-3.2
    with: {max_steps: 5}
)";

TEST(Config, ReadsTypes) {
  const Config c = Config::parse_yaml(
      "b: true\ni: 3\nm: 1e6\nd: 2\ns: '7'\nl: [1, 2e3]\nx: [1, 0.5]\nn: [a, b]\nz: null\n", "r");
  EXPECT_TRUE(c.get<bool>("b"));
  EXPECT_EQ(c.get<int>("i"), 3);
  EXPECT_EQ(c.get<int64_t>("m"), 1'000'000);
  EXPECT_EQ(c.get<double>("d"), 2.0);
  EXPECT_EQ(c.get<std::string>("s"), "7");
  EXPECT_THAT(c.get<std::vector<int64_t>>("l"), ElementsAre(1, 2000));
  EXPECT_THAT(c.get<std::vector<double>>("x"), ElementsAre(1.0, 0.5));
  EXPECT_THAT(c.get<std::vector<std::string>>("n"), ElementsAre("a", "b"));
  EXPECT_FALSE(c.has("z"));
  EXPECT_EQ(c.get<int>("z", 9), 9);
  EXPECT_EQ(c.find<int>("absent"), std::nullopt);
  EXPECT_EQ(c.find<int>("i"), 3);
  EXPECT_NO_THROW(c.finish());
}

TEST(Config, WrongTypesNameTheKey) {
  const Config c =
      Config::parse_yaml("a: {s: text, f: 1.5, n: 5000000000, l: [1, x], u: 1e300}\n", "r.yaml");
  const Config a = c.child("a");
  EXPECT_EQ(error_of([&] { a.get<int>("s"); }),
            "r.yaml: a.s: must be an integer, but is text (\"text\")");
  EXPECT_THAT(error_of([&] { a.get<int>("f"); }), HasSubstr("a.f: must be an integer"));
  EXPECT_THAT(error_of([&] { a.get<int64_t>("u"); }), HasSubstr("a.u: must be an integer"));
  EXPECT_THAT(error_of([&] { a.get<int>("n"); }), HasSubstr("out of range"));
  EXPECT_THAT(error_of([&] { a.get<double>("s"); }), HasSubstr("must be a number"));
  EXPECT_THAT(error_of([&] { a.get<bool>("f"); }), HasSubstr("must be true or false"));
  EXPECT_THAT(error_of([&] { a.get<std::string>("f"); }), HasSubstr("must be text"));
  EXPECT_THAT(error_of([&] { a.get<std::vector<int64_t>>("l"); }),
              HasSubstr("a.l[1]: must be an integer"));
  EXPECT_THAT(error_of([&] { a.get<std::vector<int64_t>>("s"); }), HasSubstr("must be a list"));
  EXPECT_THAT(error_of([&] { a.child("s"); }), HasSubstr("a.s: must be a mapping"));
  EXPECT_THAT(error_of([&] { a.children("s"); }), HasSubstr("a.s: must be a list"));
  EXPECT_THAT(error_of([&] { a.children("l"); }), HasSubstr("a.l[0]: must be a mapping"));
  EXPECT_THAT(error_of([&] { Config::parse_yaml("[1]", "r"); }), HasSubstr("r: must be a mapping"));
}

TEST(Config, RequiredKey) {
  const Config c = Config::parse_yaml("nmae: x\n", "r.yaml");
  EXPECT_EQ(error_of([&] { c.get<std::string>("name"); }),
            "r.yaml: name: is required; is 'nmae' a slip for it?");
  EXPECT_EQ(error_of([&] { c.get<std::string>("tokenizer"); }), "r.yaml: tokenizer: is required");
}

TEST(Config, UnknownKeysAreToldWithSuggestions) {
  const Config c =
      Config::parse_yaml("stages:\n  - {with: {lerning_rate: 1, zzz: 2}}\n", "recipe.yaml");
  const std::vector<Config> stages = c.children("stages");
  ASSERT_EQ(stages.size(), 1u);
  const Config with = stages[0].child("with");
  with.get<double>("learning_rate", 1e-3);
  with.get<int>("max_steps", 1);
  EXPECT_EQ(error_of([&] { with.finish(); }),
            "recipe.yaml: stages[0].with.lerning_rate: unknown key; did you mean 'learning_rate'?\n"
            "recipe.yaml: stages[0].with.zzz: unknown key");
  EXPECT_NO_THROW(c.finish());
}

TEST(Config, HasDoesNotCountAsReadRawDoes) {
  const Config c = Config::parse_yaml("a: 1\n", "r");
  EXPECT_TRUE(c.has("a"));
  EXPECT_THROW(c.finish(), Error);
  EXPECT_EQ(c.raw("a"), 1);
  EXPECT_TRUE(c.raw("b").is_null());
  EXPECT_NO_THROW(c.finish());
}

TEST(Config, Choice) {
  const Config c = Config::parse_yaml("o: adamw2\n", "r");
  EXPECT_EQ(error_of([&] {
              c.choice("o", {"adamw", "muon"});
            }),
            "r: o: 'adamw2' is not one of adamw, muon; did you mean 'adamw'?");
  EXPECT_EQ(c.choice("absent", {"x", "y"}, "y"), "y");
  EXPECT_THROW(c.choice("absent", {"x", "y"}), Error);
}

TEST(Config, OverridesByNameAndIndex) {
  Config c = Config::parse_yaml(kRecipe, "r");
  c.apply_override("stages.pretrain.with.max_steps=10");
  c.apply_override("stages.1.with.max_steps = 20");
  c.apply_override("stages[0].with.learning_rate=2e-4");
  c.apply_override("stages.llama-3.2.with.fresh=[a, b]");
  c.apply_override("name='0042'");
  c.apply_override("empty=");
  EXPECT_EQ(
      dump_json(c.json()),
      R"({"name":"0042","stages":[{"name":"pretrain","with":{"max_steps":10,"learning_rate":0.0002}},)"
      R"({"name":"llama-3.2","with":{"max_steps":20,"fresh":["a","b"]}}],"empty":null})");
}

TEST(Config, OverridesThatFitNothing) {
  Config c = Config::parse_yaml(kRecipe, "r.yaml");
  EXPECT_EQ(
      error_of([&] { c.apply_override("stages.pretrian.with.max_steps=1"); }),
      "override 'stages.pretrian.with.max_steps=1': r.yaml: stages has no 'pretrian'; did you mean "
      "'pretrain'?");
  EXPECT_THAT(error_of([&] { c.apply_override("stages.9.with=1"); }), HasSubstr("has no '9'"));
  EXPECT_THAT(error_of([&] { c.apply_override("stages.new={}"); }), HasSubstr("has no 'new'"));
  EXPECT_THAT(error_of([&] { c.apply_override("stges.0.with=1"); }),
              HasSubstr("did you mean 'stages'"));
  EXPECT_THAT(error_of([&] { c.apply_override("name.x=1"); }), HasSubstr("name has no 'x'"));
  for (const char* bad : {"", "x", "=1", "a..b=1", ".a=1", "a.=1"}) {
    EXPECT_THAT(error_of([&] { c.apply_override(bad); }), HasSubstr("key.key=value")) << bad;
  }
  EXPECT_THAT(error_of([&] { c.apply_override("name=[1"); }, ErrorCode::kCorruptData),
              HasSubstr("override 'name=[1'"));
}

TEST(Config, LoadsYamlAndJson) {
  std::string name = fs::temp_directory_path() / "fundi_config_XXXXXX";
  const fs::path folder = ::mkdtemp(name.data());
  write_file_atomic(folder / "a.yaml", "k: 1\n");
  write_file_atomic(folder / "a.json", "{\"k\": \"\\ud83c\\udf3d\"}");
  EXPECT_EQ(Config::load_yaml(folder / "a.yaml").get<int>("k"), 1);
  EXPECT_EQ(Config::load_yaml(folder / "a.json").get<std::string>("k"), "\xF0\x9F\x8C\xBD");
  EXPECT_EQ(Config::parse_yaml("", "r").json(), Json::object());
  error_of([&] { Config::load_yaml(folder / "absent"); }, ErrorCode::kNotFound);
  fs::remove_all(folder);
}

TEST(Closest, SuggestsNearWordsOnly) {
  EXPECT_EQ(closest("lr_scheduel", {"lr", "lr_schedule", "steps"}), "lr_schedule");
  EXPECT_EQ(closest("WARMUP", {"warmup"}), "warmup");
  EXPECT_EQ(closest("abc", {"xyz"}), std::nullopt);
  EXPECT_EQ(closest("a", {"b"}), std::nullopt);
  EXPECT_EQ(closest("", {"a"}), std::nullopt);
  EXPECT_EQ(closest(std::string(100'000, 'a'), {std::string(100'000, 'a')}), std::nullopt);
}

}  // namespace
}  // namespace fundi
