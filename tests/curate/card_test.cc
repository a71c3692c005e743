#include "curate/flow/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "base/error.h"
#include "curate/flow/card_steps.h"

namespace fundi::curate {
namespace {

using testing::HasSubstr;
using testing::Not;

Json small_card() {
  return parse_json(R"({
    "name": "small", "output": "corpora/small", "sample": 0, "notes": ["c4 removed 9 of 10"],
    "read": {"records": 1250, "quarantined": 16, "documents": 1234, "bytes": 5600000,
             "problems": [{"reason": "'…' is no string", "records": 16, "examples":
                           [{"id": "web/a.jsonl:5", "reason": "'body' is no string"}]}]},
    "funnel": [
      {"step": "gopher_quality", "kind": "document", "in": [1234, 5600000], "out": [1000, 5000000],
       "rejected": {"words": [234, 600000]},
       "rules": [
         {"rule": "words", "documents": 1234, "rejected": 234, "least": 0, "greatest": 1744,
          "mean": 528, "bins": [[0, 9.5e-7, 3, 3], [32, 38.05, 231, 231], [1448.2, 1722.2, 1000, 0]]},
         {"rule": "stop_words", "documents": 1000, "rejected": 0, "least": 2, "greatest": 2,
          "mean": 2, "bins": [[2, 2.38, 1000, 0]]}],
       "counts": {"lines_removed": 4321},
       "examples": {"words": [{"id": "web/a.jsonl:7", "value": "35", "limit": "at least 50",
                               "excerpt": "Habari ya asubuhi"}]},
       "clusters": [], "warning": ""},
      {"step": "minhash", "kind": "group", "in": [1000, 5000000], "out": [900, 4500000],
       "rejected": {"near_duplicate": [100, 500000]},
       "rules": [{"rule": "near_duplicate", "documents": 100, "rejected": 100, "least": 1,
                  "greatest": 1, "mean": 1, "bins": [[1, 1.19, 100, 100]]}],
       "counts": {"clusters": 40}, "examples": {},
       "clusters": [{"size": 12, "documents": ["web/a.jsonl:1", "web/a.jsonl:9"]}], "warning": ""}],
    "sources": [{"source": "web", "title": "A crawl", "origin": "example.org",
                 "licence": "CC-BY-4.0",
                 "licences": [{"licence": "CC-BY-4.0", "written": [2000, 8900000]},
                              {"licence": "", "written": [25, 100000]}], "files": 2, "files_not_read": 0,
                 "file_bytes": 9, "available": 4500000, "target": 9000000, "rate": 2.25,
                 "bound": "epochs", "written": [2025, 9000000]}],
    "languages": {"sw": [2000, 8900000], "": [25, 100000]},
    "written": {"documents": 2025, "bytes": 9000000, "shards": 5, "tokens": 2345678,
                "train": {"documents": 2000, "bytes": 8900000, "shards": 4},
                "validation": {"documents": 25, "bytes": 100000, "shards": 1}},
    "recipe": {"name": "small", "steps": ["gopher_quality", {"minhash": {"keep": "longest"}}]}})",
                    "card");
}

TEST(CardPage, SaysWhatTheCardSays) {
  const std::string page = render_card(small_card());
  EXPECT_THAT(page, testing::StartsWith("<!doctype html>"));
  for (const char* what : {"<title>small</title>",
                           "c4 removed 9 of 10",
                           "2.35 M",
                           "5.6 MB",
                           "234 (19.0%)",
                           "passes: at least 50",
                           "web/a.jsonl:7",
                           "Habari ya asubuhi",
                           "<b>4,321</b> lines removed",
                           "1 rule that removed nothing",
                           "and 10 more",
                           "web/a.jsonl:9",
                           "CC-BY-4.0",
                           "2.25",
                           ">epochs<",
                           "not known",
                           "<b>2,000</b>",
                           "A crawl",
                           "not stated</span> <span class=\"muted\">25<",
                           "is no string",
                           "web/a.jsonl:5",
                           "- minhash: {keep: longest}"}) {
    EXPECT_THAT(page, HasSubstr(what));
  }
}

// Every string of the card, keys of its maps included.
void spoil(Json& json, const std::string& with) {
  if (json.is_string()) {
    json = json.get<std::string>() + with;
  } else if (json.is_structured()) {
    for (Json& item : json) spoil(item, with);
  }
}

TEST(CardPage, WhatComesFromDataIsEscaped) {
  Json card = small_card();
  const std::string evil = "<img src=x onerror=alert(1)>\"'&<!--\xE2\x80\xAE";
  for (Json& entry : card["funnel"]) {
    Json rejected = Json::object(), examples = Json::object(), counts = Json::object();
    for (const auto& [rule, volume] : entry["rejected"].items()) rejected[rule + evil] = volume;
    for (const auto& [rule, some] : entry["examples"].items()) examples[rule + evil] = some;
    for (const auto& [what, n] : entry["counts"].items()) counts[what + evil] = n;
    entry["rejected"] = rejected;
    entry["examples"] = examples;
    entry["counts"] = counts;
  }
  card["languages"]["sw" + evil] = {1, 1};
  card["recipe"]["k" + evil] = 1;
  spoil(card, evil);
  const std::string page = render_card(card);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<!--")));
  EXPECT_THAT(page, Not(HasSubstr("alert(1)>")));
  const std::regex escaped("alert\\(1\\)&gt;");
  const auto times = std::distance(std::sregex_iterator(page.begin(), page.end(), escaped), {});
  EXPECT_GE(times, 28);
}

TEST(CardPage, NeedsNothingElse) {
  Json card = small_card();
  card["funnel"][0]["examples"]["words"][0]["excerpt"] = "see http://example.org/a.png";
  const std::string page = render_card(card);
  EXPECT_THAT(page, HasSubstr("see http://example.org/a.png"));  // as text, and that alone
  for (const char* what : {"<script", "<link", "<img", "<iframe", "@import", "url(",
                           "src=", "=\"http", "href=\"/", "xlink"}) {
    EXPECT_THAT(page, Not(HasSubstr(what)));
  }
}

TEST(CardPage, EmptyAndOddFiguresAreDrawn) {
  Json card = small_card();
  card["funnel"] = Json::array();
  card["sources"][0].erase("rate");
  card["languages"] = Json::object();
  card["notes"] = Json::array();
  card["read"] = {{"records", 0},
                  {"quarantined", 0},
                  {"documents", 0},
                  {"bytes", 0},
                  {"problems", Json::array()}};
  std::string page = render_card(card);
  EXPECT_THAT(page, Not(HasSubstr("Step by step")));
  EXPECT_THAT(page, Not(HasSubstr("Languages")));
  EXPECT_THAT(page, Not(HasSubstr("class=\"panel notes\"")));
  card = small_card();
  Json& rule = card["funnel"][0]["rules"][0];
  rule["least"] = rule["greatest"] = nullptr;  // no value was finite
  rule["bins"] = {{0, 9.5e-7, 1234, 234}};
  page = render_card(card);
  EXPECT_FALSE(std::regex_search(page, std::regex("[^a-z](nan|inf)[^a-z]")));
}

TEST(CardPage, WhatIsNoCardIsAnError) {
  EXPECT_THROW(render_card(Json::object()), Error);
  Json card = small_card();
  card["funnel"][0]["in"] = "all";
  EXPECT_THROW(render_card(card), Error);
}

double height_of(const std::string& svg, const std::string& style) {
  std::smatch match;
  const std::regex rect("<rect class=\"" + style + "\"[^>]* height=\"([0-9.]+)\"");
  return std::regex_search(svg, match, rect) ? std::stod(match[1]) : 0;
}

TEST(CardHistogram, ShowsWhatWasTurnedAway) {
  Json rule = {{"rule", "words"}, {"bins", {{16, 19.03, 100, 25}, {1024, 1217.7, 10, 0}}}};
  const std::string svg = histogram_svg(rule);
  EXPECT_NEAR(height_of(svg, "kept") / height_of(svg, "gone"), 3, 0.01);
  EXPECT_THAT(svg, HasSubstr("16 to 19: 100 documents, 25 removed"));
  EXPECT_THAT(svg, HasSubstr(">1k</text>"));
}

TEST(CardHistogram, YesOrNoHasNone) {
  EXPECT_EQ(histogram_svg({{"rule", "url"}, {"bins", {{0, 9.5e-7, 5, 0}, {1, 1.19, 2, 2}}}}), "");
  EXPECT_EQ(histogram_svg({{"rule", "url"}, {"bins", Json::array()}}), "");
}

}  // namespace
}  // namespace fundi::curate
