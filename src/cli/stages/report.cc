// report: one self-contained HTML page about all earlier stages.
//
//   title: Swahili Farmer
//   intro: ...              # a sentence or two under the title
//   run: runs/x             # by itself (fundi stage report): the work folder to tell about
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "cli/report/page.h"
#include "cli/stages/all.h"
#include "recipe/recipe.h"

namespace fundi::cli {
namespace {

struct Settings {
  std::string title, intro;
  fs::path run;
};

Settings parse(const recipe::StageSettings& settings) {
  Settings out;
  out.title = settings.with.get<std::string>("title", "");
  out.intro = settings.with.get<std::string>("intro", "");
  if (settings.with.has("run")) out.run = settings.path("run");
  settings.with.find<std::string>("run");
  settings.with.finish();
  return out;
}

// The manifests of a finished run, in the order in which its stages finished.
std::vector<recipe::Manifest> manifests_of(const fs::path& run) {
  std::vector<recipe::Manifest> manifests;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(run / "stages", error)) {
    auto manifest = recipe::Manifest::load(entry.path());
    if (manifest && manifest->kind != "report") manifests.push_back(*std::move(manifest));
  }
  if (manifests.empty()) {
    fail(ErrorCode::kNotFound, "{}: holds no finished stages; give the work folder of a run",
         run.string());
  }
  std::sort(manifests.begin(), manifests.end(), [](const auto& a, const auto& b) {
    return std::tie(a.finished, a.stage) < std::tie(b.finished, b.stage);
  });
  return manifests;
}

Json run(const recipe::StageContext& context) {
  const Settings settings = parse(context.settings);
  std::vector<recipe::Manifest> loaded;
  ReportData data{.title = settings.title,
                  .intro = std::string(trim(settings.intro)),
                  .recipe = context.recipe != nullptr ? context.recipe->name : "",
                  .stages = context.earlier,
                  .environment = context.environment};
  if (!settings.run.empty()) {
    loaded = manifests_of(settings.run);
    data.stages = loaded;
    data.recipe = settings.run.filename().string();
  }
  if (data.stages.empty()) {
    fail(ErrorCode::kInvalidArgument,
         "{}: nothing to report on; put this stage last, or give the work folder of a run",
         context.settings.with.where("run"));
  }
  if (data.title.empty()) data.title = data.recipe;
  const std::string html = report_page(data);
  write_file_atomic(context.folder / "report.html", html);
  return {{"headline", format_bytes(html.size())}, {"bytes", html.size()}};
}

}  // namespace

recipe::StageKind report_stage() {
  return {.name = "report",
          .description = "Write a self-contained HTML page about all earlier stages",
          .version = 2,
          .reads_manifests = true,
          .plan =
              [](const recipe::StageSettings& settings) {
                recipe::StagePlan plan{{}, {{"html", "report.html"}}};
                const Settings parsed = parse(settings);
                if (!parsed.run.empty()) plan.inputs.push_back(parsed.run / "stages");
                return plan;
              },
          .run = run};
}

}  // namespace fundi::cli
