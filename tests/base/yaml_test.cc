#include "base/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace fundi {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string yaml(std::string_view text) { return dump_json(parse_yaml_json(text, "t.yaml")); }

std::string error_of(std::string_view text) {
  try {
    parse_yaml_json(text, "t.yaml");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kCorruptData) << e.what();
    return e.what();
  }
  return "nothing thrown";
}

TEST(Yaml, CoreSchemaScalars) {
  EXPECT_EQ(yaml("[null, ~, Null, true, False, TRUE]"), "[null,null,null,true,false,true]");
  EXPECT_EQ(yaml("[1, -2, +3, 0x1F, 0o17, 007]"), "[1,-2,3,31,15,7]");
  EXPECT_EQ(yaml("[1.5, -.5, 1., 1e-3, 2e-4, 1E6, +2.5e+1]"),
            "[1.5,-0.5,1.0,0.001,0.0002,1000000.0,25.0]");
  EXPECT_EQ(
      yaml("[yes, no, on, off, y, 1_000, 0b1, 1.2.3, 12:30, 1e, e5, ., +, -x, .5.]"),
      R"(["yes","no","on","off","y","1_000","0b1","1.2.3","12:30","1e","e5",".","+","-x",".5."])");
  EXPECT_EQ(yaml("['1', \"true\", '', !!str 1, ! 2]"), R"(["1","true","","1","2"])");
  EXPECT_EQ(yaml("['null', \"~\", \"null\", '~']"), R"(["null","~","null","~"])");
  EXPECT_EQ(yaml("[!!int 7, !!float 7, !!bool true]"), "[7,7.0,true]");
  EXPECT_EQ(yaml("[9223372036854775807, 18446744073709551615]"),
            "[9223372036854775807,18446744073709551615]");
  EXPECT_EQ(yaml("a:\nb: ''"), R"({"a":null,"b":""})");
  EXPECT_TRUE(std::isinf(parse_yaml_json("-.inf", "t").get<double>()));
  EXPECT_TRUE(std::isnan(parse_yaml_json(".nan", "t").get<double>()));
  EXPECT_EQ(yaml("100000000000000000000"), "1e+20");
}

TEST(Yaml, StructuresAndKeys) {
  EXPECT_EQ(yaml("# only a comment\n"), "null");
  EXPECT_EQ(yaml(""), "null");
  EXPECT_EQ(yaml("b: 1\na: {x: [1, {y: 2}]}\n1: one\ntrue: t\nnull: n\n"),
            R"({"b":1,"a":{"x":[1,{"y":2}]},"1":"one","true":"t","null":"n"})");
  EXPECT_EQ(yaml("text: |\n  a\n  b\nfold: >-\n  c\n  d\n"),
            "{\"text\":\"a\\nb\\n\",\"fold\":\"c d\"}");
}

TEST(Yaml, AnchorsAndMerge) {
  EXPECT_EQ(yaml("a: &x {k: 1}\nb: *x\nc: [*x, *x]"),
            R"({"a":{"k":1},"b":{"k":1},"c":[{"k":1},{"k":1}]})");
  EXPECT_EQ(yaml("base: &b {lr: 1, n: 2}\nrun: {<<: *b, n: 3}"),
            R"({"base":{"lr":1,"n":2},"run":{"n":3,"lr":1}})");
  EXPECT_EQ(yaml("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}"),
            R"({"a":{"x":1},"b":{"x":2,"y":2},"c":{"x":1,"y":2}})");
  EXPECT_THAT(error_of("a: {<<: 3}"), HasSubstr("'<<' takes"));
  EXPECT_EQ(yaml("a: {'<<': 3}"), R"({"a":{"<<":3}})");
}

TEST(Yaml, ErrorsGiveLineAndColumn) {
  EXPECT_THAT(error_of("a: 1\nb: 2\na: 3\n"), StartsWith("t.yaml:3:1: the key 'a' is given twice"));
  EXPECT_THAT(error_of("a: [1, 2\nb: 3\n"), StartsWith("t.yaml:"));
  EXPECT_THAT(error_of("{a: 1, 'a': 2}"), HasSubstr("given twice"));
  EXPECT_THAT(error_of("? [x]\n: 1\n"), HasSubstr("a key must be plain text"));
  EXPECT_THAT(error_of("a: *nobody\n"), StartsWith("t.yaml:1:"));
  EXPECT_THAT(error_of("a: &x [*x]\n"), StartsWith("t.yaml:1:8: "));
  EXPECT_THAT(error_of("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
  EXPECT_THAT(error_of("a: !!python/object 1\n"), HasSubstr("tag"));
  EXPECT_THAT(error_of("a: !!int x\n"), HasSubstr("does not fit its tag"));
  EXPECT_THAT(error_of("a: 1e999\n"), HasSubstr("out of range"));
  EXPECT_THAT(error_of("a: \xFF\n"), HasSubstr("byte 3 is not valid UTF-8"));
  EXPECT_THAT(error_of("\ta: 1\n b\n"), StartsWith("t.yaml:"));
}

TEST(Yaml, BillionLaughsAreRefused) {
  std::string bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    bomb += fmt::format("a{0}: &a{0} [{1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}]\n", i,
                        previous);
  }
  EXPECT_THAT(error_of(bomb), HasSubstr("aliases expand"));
  std::string wide = "a: &a '" + std::string(1 << 20, 'x') + "'\nb: [";
  for (int i = 0; i < 100; ++i) wide += "*a, ";
  EXPECT_THAT(error_of(wide + "]\n"), HasSubstr("aliases expand"));
}

TEST(Yaml, WritesAsAPersonWould) {
  const std::string text =
      "name: news\n"
      "steps:\n"
      "  - normalise\n"
      "  - language: {keep: [sw, yo]}\n"
      "mix: {validation: 0.05, seed: 1}\n";
  EXPECT_EQ(dump_yaml(parse_yaml_json(text, "t.yaml")), text);
}

TEST(Yaml, WhatIsWrittenReadsBack) {
  const std::string odd[] = {"",    "null", "true", "1e3",    "0x1F",  " a ",   "- a",  "a: b",
                             "#",   "a #b", "*a",   "a\nb\t", "\"'{}", "naïve", ".nan", "-",
                             "---", "+1",   ".",    "a - b",  "1,2",   "~"};
  Json json = Json::object();
  for (const std::string& text : odd) {
    json["x" + text] = text;
    json[text] = {text, {text, {text, {{text, text}}}}, {{text, {{text, {text}}}}}};
  }
  json["long"] = std::vector<std::string>(40, "a: b");
  json["rest"] = {{"n", nullptr}, {"b", false},          {"i", -3},
                  {"f", 1.5},     {"e", Json::object()}, {"l", Json::array()}};
  EXPECT_EQ(parse_yaml_json(dump_yaml(json), "t.yaml"), json);
  for (const Json& one : {Json(), Json(3), Json("no: no"), Json::array(), Json::object()}) {
    EXPECT_EQ(parse_yaml_json(dump_yaml(one), "t.yaml"), one);
  }
  EXPECT_EQ(yaml(dump_yaml("\xFF")), "\"\xEF\xBF\xBD\"");
}

TEST(Yaml, DepthIsLimited) {
  EXPECT_NO_THROW(yaml(std::string(100, '[') + std::string(100, ']')));
  EXPECT_THAT(error_of(std::string(101, '[') + std::string(101, ']')),
              HasSubstr("deeper than 100"));
  EXPECT_THAT(error_of(std::string(100'000, '[')), StartsWith("t.yaml:"));
  EXPECT_THAT(error_of(std::string(100'000, '{')), StartsWith("t.yaml:"));
  std::string dashes;
  for (int i = 0; i < 20'000; ++i) dashes += "- ";
  EXPECT_THAT(error_of(dashes + "x"), StartsWith("t.yaml:"));
}

}  // namespace
}  // namespace fundi
