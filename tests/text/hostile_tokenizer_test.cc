// Tokenizer files that must end in a clear error, never in a crash, a hang or silence.
#include "tests/text/text_testing.h"

namespace fundi::text {
namespace {

// The smallest well-formed tokenizer; tests break one part of it.
Json minimal() {
  return parse_json(R"({"added_tokens": [{"id": 3, "content": "<s>", "special": true}],
    "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
    "post_processor": null, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})",
                    "minimal");
}

void expect_corrupt(const Json& json, const std::string& part) {
  expect_error(ErrorCode::kCorruptData, part, [&] { load_text(dump_json(json)); });
}
void expect_unsupported(const Json& json, const std::string& part) {
  expect_error(ErrorCode::kUnsupported, part, [&] { load_text(dump_json(json)); });
}

TEST(HostileTokenizerTest, TheMinimalOneLoads) {
  const auto tokenizer = load_text(dump_json(minimal()));
  EXPECT_EQ(tokenizer->encode("abba<s>"), (std::vector<int32_t>{2, 1, 0, 3}));
  // Bytes the vocabulary lacks vanish, as in Hugging Face tokenizers.
  EXPECT_EQ(tokenizer->encode("axb"), (std::vector<int32_t>{2}));
  Json unknown = minimal();
  unknown["model"]["vocab"]["<unk>"] = 4;
  unknown["model"]["unk_token"] = "<unk>";
  EXPECT_EQ(load_text(dump_json(unknown))->encode("axyb"), (std::vector<int32_t>{0, 4, 4, 1}));
  unknown["model"]["fuse_unk"] = true;
  EXPECT_EQ(load_text(dump_json(unknown))->encode("axyb"), (std::vector<int32_t>{0, 4, 1}));
}

TEST(HostileTokenizerTest, MissingAndBrokenFiles) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kNotFound, "tokenizer.json: no such file",
               [&] { Tokenizer::load(folder.path()); });
  for (const char* text :
       {"", "{", "[]", "null", "{\"model\": \"\xFF\"}", "{\"a\": \"\\ud800\"}"}) {
    expect_error(ErrorCode::kCorruptData, "tokenizer.json", [&] { load_text(text); });
  }
  std::string deep = "{\"model\": " + std::string(100000, '[');
  expect_error(ErrorCode::kCorruptData, "not valid JSON", [&] { load_text(deep); });
}

TEST(HostileTokenizerTest, EveryTruncationIsAnError) {
  const std::string text = dump_json(minimal());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_THROW(load_text(text.substr(0, size)), Error) << size;
  }
}

TEST(HostileTokenizerTest, EveryMissingKeyIsNamed) {
  for (const char* key : {"model", "decoder"}) {
    Json json = minimal();
    json.erase(key);
    expect_corrupt(json, std::string(key) + ": missing");
  }
  for (const char* key : {"vocab", "merges"}) {
    Json json = minimal();
    json["model"].erase(key);
    expect_corrupt(json, std::string("model.") + key + ": missing");
  }
}

TEST(HostileTokenizerTest, Ids) {
  Json json = minimal();
  json["model"]["vocab"]["b"] = 0;
  expect_corrupt(json, "have the same id 0");
  for (const Json& id : {Json(-1), Json(2147483648), Json(INT64_MAX), Json(1e300), Json("1")}) {
    json = minimal();
    json["model"]["vocab"]["b"] = id;
    expect_corrupt(json, "model.vocab");
  }
  json = minimal();
  json["model"]["vocab"]["b"] = 2000000000;  // a table of this size would fill the memory
  expect_corrupt(json, "outside 0 to 1000002");
  std::string doubled = dump_json(minimal());
  doubled.replace(doubled.find("\"b\":1"), 5, "\"a\":1");
  expect_error(ErrorCode::kCorruptData, "'a' stands twice", [&] { load_text(doubled); });
  json = minimal();
  json["model"]["vocab"][std::string(70000, 'a')] = 4;
  expect_corrupt(json, "70000 bytes");
  json = minimal();
  json["model"]["vocab"] = Json::object();
  json["model"]["merges"] = Json::array();
  json["added_tokens"] = Json::array();
  expect_corrupt(json, "vocabulary is empty");
}

TEST(HostileTokenizerTest, Merges) {
  const auto with = [](Json merge) {
    Json json = minimal();
    json["model"]["merges"].push_back(std::move(merge));
    return json;
  };
  expect_corrupt(with("a c"), "model.merges[1]: token 'c' is not in the vocabulary");
  expect_corrupt(with("b a"), "token 'ba' is not in the vocabulary");
  // A cycle would need a part that is empty.
  expect_corrupt(with(" a"), "a part is empty");
  expect_corrupt(with(Json::array({"a", ""})), "a part is empty");
  expect_corrupt(with("ab"), "one space");
  expect_corrupt(with("a b b"), "one space");
  expect_corrupt(with(7), "must be a list");
  expect_corrupt(with(Json::array({"a"})), "list of two");
  expect_corrupt(with(Json::array({"a", 1})), "model.merges[1][1]: must be a string");
  Json json = minimal();
  json["model"]["merges"] = 3;
  expect_corrupt(json, "model.merges: must be a list");
}

TEST(HostileTokenizerTest, AddedTokens) {
  const auto with = [](Json token) {
    Json json = minimal();
    json["added_tokens"].push_back(std::move(token));
    return json;
  };
  expect_corrupt(with({{"id", 3}, {"content", "<t>"}}), "have the same id 3");
  expect_corrupt(with({{"id", 4}, {"content", "<s>"}}), "has the id 4 here and 3");
  expect_corrupt(with({{"id", 3}, {"content", "<s>"}}), "added twice");
  expect_corrupt(with({{"id", 4}, {"content", ""}}), "empty");
  expect_corrupt(with({{"id", 1LL << 40}, {"content", "x"}}), "outside 0 to");
  expect_corrupt(with({{"id", 4}, {"content", std::string(5000, 'x')}}), "5000 bytes");
  expect_corrupt(with({{"id", 4}, {"content", "x"}, {"special", 1}}), "must be true or false");
  expect_corrupt(with("x"), "added_tokens[1]: must be an object");
}

TEST(HostileTokenizerTest, UnsupportedPartsAreNamed) {
  Json json = minimal();
  json["model"]["type"] = "Guess";
  expect_unsupported(json, "model type 'Guess' is unknown");
  json = minimal();
  json["model"]["dropout"] = 0.1;
  expect_unsupported(json, "model.dropout");
  for (const auto& [key, part] : {std::pair{"normalizer", "normalizer"},
                                  {"decoder", "decoder"},
                                  {"post_processor", "post-processor"},
                                  {"pre_tokenizer", "pre-tokenizer"}}) {
    json = minimal();
    json[key] = {{"type", "Sideways"}};
    expect_unsupported(json, std::string(part) + " 'Sideways' is unknown");
  }
}

TEST(HostileTokenizerTest, PartsOfTheWrongShapeAreNamed) {
  Json json = minimal();
  json["model"]["type"] = "Unigram";
  expect_corrupt(json, "model.vocab: must be a list");
  json = minimal();
  json["post_processor"] = {{"type", "RobertaProcessing"}};
  expect_corrupt(json, "post_processor.cls: missing");
  json = minimal();
  json["pre_tokenizer"] = {{"type", "Metaspace"}};
  expect_corrupt(json, "pre_tokenizer.replacement: missing");
}

// An expression that a backtracking matcher would need 2^40 steps for.
TEST(HostileTokenizerTest, ExpressionsHaveBoundedTime) {
  Json json = minimal();
  json["pre_tokenizer"] = {{"type", "Split"},
                           {"pattern", {{"Regex", "(a+)+$"}}},
                           {"behavior", "Isolated"},
                           {"invert", false}};
  const auto tokenizer = load_text(dump_json(json));
  EXPECT_THROW((void)tokenizer->encode(std::string(40, 'a') + "b"), Error);
}

TEST(HostileTokenizerTest, Templates) {
  Json json = minimal();
  json["post_processor"] = parse_json(R"({"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A"}}],
    "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [77], "tokens": ["<s>"]}}})",
                                      "template");
  expect_corrupt(json, "no token has the id 77");
  json["post_processor"]["special_tokens"]["<s>"]["ids"][0] = 3;
  EXPECT_EQ(load_text(dump_json(json))->encode("a", true), (std::vector<int32_t>{3, 0}));
  json["post_processor"]["special_tokens"] = Json::object();
  expect_corrupt(json, "special_tokens.<s>: missing");
  json["post_processor"]["single"] = Json::array();
  expect_corrupt(json, "no place for the text");
}

}  // namespace
}  // namespace fundi::text
