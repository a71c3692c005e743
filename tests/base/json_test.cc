#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/error.h"

namespace fundi {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string error_of(std::string_view text) {
  try {
    parse_json(text, "body");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kCorruptData);
    return e.what();
  }
  return "nothing thrown";
}

TEST(Json, KeepsOrderAndTypes) {
  const Json json = parse_json(R"({"z": 1, "a": [1.5, "x", null, true, -3], "m": {}})", "t");
  EXPECT_EQ(dump_json(json), R"({"z":1,"a":[1.5,"x",null,true,-3],"m":{}})");
  EXPECT_EQ(json, Json::parse(R"({"z": 1, "a": [1.5, "x", null, true, -3], "m": {}})"));
  EXPECT_TRUE(json["z"].is_number_integer());
  EXPECT_EQ(parse_json("18446744073709551615", "t").get<uint64_t>(), UINT64_MAX);
  EXPECT_EQ(parse_json("\"\\ud83c\\udf3d\"", "t").get<std::string>(), "\xF0\x9F\x8C\xBD");
  EXPECT_EQ(dump_json_pretty(Json::parse("{\"a\":[1]}")), "{\n  \"a\": [\n    1\n  ]\n}\n");
}

TEST(Json, RepeatedKeyTakesTheLastValue) {
  EXPECT_EQ(dump_json(parse_json(R"({"a":1,"b":2,"a":3})", "t")), R"({"a":3,"b":2})");
}

TEST(Json, ErrorsGiveLineAndColumn) {
  EXPECT_THAT(error_of("{\n  \"a\": nope}"), StartsWith("body:2:9: "));
  EXPECT_THAT(error_of("[1,]"), StartsWith("body:1:4: "));
  for (const char* bad : {"", " ", "{", "[1", "\"abc", "{\"a\" 1}", "[1] 2", "01", "nan", "1e999",
                          "'a'", "{\"a\":1,}", "\"\xFF\"", "\"\\ud800\"", "[\"\t\"]", "// c\n1"}) {
    EXPECT_THAT(error_of(bad), StartsWith("body:")) << bad;
  }
}

TEST(Json, DepthIsLimited) {
  const std::string open(256, '['), close(256, ']');
  EXPECT_NO_THROW(parse_json(open + close, "t"));
  EXPECT_THAT(error_of("[" + open + close + "]"), HasSubstr("deeper than 256"));
  EXPECT_THAT(error_of(std::string(10'000'000, '[')), HasSubstr("deeper than 256"));
  std::string objects;
  for (int i = 0; i < 300; ++i) objects += "{\"a\":";
  EXPECT_THAT(error_of(objects), HasSubstr("deeper than 256"));
  EXPECT_NO_THROW(parse_json("[" + std::string("\"[[[[\"") + "]", "t"));
}

TEST(Json, LargeObjectsAreLinear) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i)
    text += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  text.back() = '}';
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(parse_json(text, "t").size(), 200'000u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Json, WritesInvalidUtf8AsReplacement) {
  EXPECT_EQ(dump_json(Json("a\xFF")), "\"a\xEF\xBF\xBD\"");
}

TEST(Json, StringsAreAppendedAsTheyAreDumped) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  std::string ascii = all.substr(0, 128);
  for (const std::string& text :
       {std::string(), ascii, all, std::string("a\"b\\c\n\tmvua \xE2\x80\xA6"),
        std::string("\xFF")}) {
    std::string out = "x";
    append_json_string(out, text);
    EXPECT_EQ(out, "x" + dump_json(Json(text)));
  }
}

}  // namespace
}  // namespace fundi
