#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "cli/report/page.h"
#include "cli/report/plot.h"
#include "cli/version.h"
#include "tests/cli/shell.h"

namespace fundi::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Plot, BadPointsAreLeftOut) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto svg = line_plot({{"loss", "s1", {{0, nan}, {1, 2}, {2, -1}, {3, 9}}, false}},
                             {.x_label = "step", .y_label = "loss", .log_y = true});
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(line_plot({}, {.x_label = "x", .y_label = "y"}), HasSubstr("nothing recorded"));
  // One point, equal values: no division by zero.
  EXPECT_THAT(line_plot({{"a", "s1", {{5, 5}}, true}}, {.x_label = "x", .y_label = "y"}),
              Not(HasSubstr("nan")));
}

recipe::Manifest stage(const std::string& name, const std::string& kind, Json summary) {
  recipe::Manifest manifest;
  manifest.stage = name;
  manifest.kind = kind;
  manifest.summary = std::move(summary);
  manifest.settings = Json::object();
  manifest.seconds = 1;
  return manifest;
}

TEST(Report, EverythingFromDataIsEscaped) {
  const TemporaryFolder folder;
  const std::string evil = "<script>alert(1)</script>&\"'";
  write_file_atomic(
      folder.path() / "results.json",
      dump_json(
          {{"sets",
            {{{"name", evil},
              {"total", 1},
              {"right", 0},
              {"exact_match", 0.0},
              {"right_samples", Json::array()},
              {"wrong_samples", {{{"question", evil}, {"expected", evil}, {"answer", evil}}}}}}}}));
  write_file_atomic(
      folder.path() / "answers.json",
      dump_json(
          Json::array({{{"question", evil}, {"answer", evil}, {"tokens", 3}, {"seconds", 0.1}}})));
  std::vector<recipe::Manifest> stages = {
      stage(evil, "curate",
            {{"sources", {{{"title", evil}, {"origin", evil}, {"licences", {evil}}}}}}),
      stage("evaluate", "evaluate", Json::object()), stage("serve", "serve", Json::object())};
  stages[0].settings = {{"path", evil}};
  stages[0].inputs.push_back({"", evil, evil, "", 1, ""});
  stages[1].outputs.push_back(
      {"results", (folder.path() / "results.json").string(), "ab", "", 1, ""});
  stages[2].outputs.push_back(
      {"answers", (folder.path() / "answers.json").string(), "ab", "", 1, ""});
  const std::string html = report_page({.title = evil,
                                        .intro = evil,
                                        .recipe = evil,
                                        .stages = stages,
                                        .environment = {{"cpu", evil}}});
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("http-equiv")));
  EXPECT_THAT(html, Not(HasSubstr("src=")));
}

TEST(Report, WrongFilesAreNamedNotThrown) {
  std::vector<recipe::Manifest> stages = {stage("e", "export", {{"parameters", "many"}})};
  EXPECT_THROW(report_page({.title = "t",
                            .intro = "",
                            .recipe = "r",
                            .stages = stages,
                            .environment = Json::object()}),
               Error);
}

TEST(Version, IsThatOfTheBuild) {
  const std::string cmake = read_file(fs::path(FUNDI_SOURCE_DIR) / "CMakeLists.txt");
  EXPECT_THAT(cmake, HasSubstr(std::string("VERSION ") + kVersion + " "));
}

}  // namespace
}  // namespace fundi::cli
