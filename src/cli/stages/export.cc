// export: a Hugging Face model directory with a model card.
//
//   model: ${sft.model}
//   title: Swahili Farmer
//   description: ...              # a paragraph for the card
//   license: gpl-2.0              # as the Hub spells it
//   languages: [sw, en]
#include "base/error.h"
#include "base/text.h"
#include "cli/stages/all.h"
#include "cli/stages/common.h"
#include "cli/stages/model_files.h"
#include "cli/version.h"
#include "models/directory.h"
#include "recipe/recipe.h"

namespace fundi::cli {
namespace {

struct Settings {
  fs::path model;
  std::string title, description, license;
  std::vector<std::string> languages;
};

Settings parse(const recipe::StageSettings& settings) {
  const Config& with = settings.with;
  Settings out;
  out.model = settings.path("model");
  out.title = with.get<std::string>("title", "A model made with fundi");
  out.description = with.get<std::string>("description", "");
  out.license = with.get<std::string>("license", "");
  out.languages = with.get<std::vector<std::string>>("languages", {});
  with.finish();
  return out;
}

std::string front_matter(const Settings& settings) {
  // JSON strings are YAML strings.
  std::string text = "---\nlibrary_name: transformers\npipeline_tag: text-generation\n";
  if (!settings.license.empty()) text += "license: " + dump_json(Json(settings.license)) + "\n";
  if (!settings.languages.empty()) {
    text += "language: " + dump_json(Json(settings.languages)) + "\n";
  }
  return text + "tags: [\"fundi\"]\n---\n\n";
}

std::string sources_section(std::span<const recipe::Manifest> earlier) {
  std::string text;
  for (const recipe::Manifest& manifest : earlier) {
    if (!manifest.summary.contains("sources")) continue;
    for (const Json& source : manifest.summary["sources"]) {
      std::string name = source.value("title", "");
      if (name.empty()) name = source.value("source", "");
      const std::string origin = source.value("origin", "");
      text += fmt::format("- {}{}: {}\n", name, origin.empty() ? "" : " (" + origin + ")",
                          licences_of(source));
    }
  }
  return text.empty() ? "" : "## Sources\n\n" + text + "\n";
}

std::string evaluation_section(std::span<const recipe::Manifest> earlier) {
  std::string text;
  for (const recipe::Manifest& manifest : earlier) {
    if (manifest.kind != "evaluate" || !manifest.summary.contains("sets")) continue;
    for (const Json& set : manifest.summary["sets"]) {
      text += fmt::format("| {} | {} | {:.1f}% |\n", set.value("name", ""),
                          format_count(set.value("total", int64_t{0})),
                          100 * set.value("exact_match", 0.0));
    }
  }
  if (text.empty()) return "";
  return "## Evaluation\n\nExact match of greedy answers. \"seen\" are wordings used in training, "
         "\"unseen\" wordings kept out of it.\n\n| questions | number | exact match |\n"
         "| --- | ---: | ---: |\n" +
         text + "\n";
}

std::string training_section(std::span<const recipe::Manifest> earlier) {
  std::string text;
  for (const recipe::Manifest& manifest : earlier) {
    if (manifest.kind != "train") continue;
    const Json& summary = manifest.summary;
    text += fmt::format(
        "| {} | {} | {} | {} | {:.3f} |\n", manifest.stage, summary.value("objective", ""),
        format_count(summary.value("steps", int64_t{0})),
        format_count(summary.value("tokens", int64_t{0})), summary.value("loss", 0.0));
  }
  if (text.empty()) return "";
  return "## Training\n\n| stage | objective | steps | tokens | last loss |\n"
         "| --- | --- | ---: | ---: | ---: |\n" +
         text + "\n";
}

std::string model_card(const Settings& settings, const recipe::StageContext& context,
                       int64_t parameters) {
  std::string text = front_matter(settings) + "# " + settings.title + "\n\n";
  if (!settings.description.empty()) text += std::string(trim(settings.description)) + "\n\n";
  text += fmt::format("{} parameters. Made by fundi {}{}.\n\n", format_count(parameters), kVersion,
                      context.recipe ? ", recipe `" + context.recipe->name + "`" : "");
  text += evaluation_section(context.earlier) + training_section(context.earlier) +
          sources_section(context.earlier);
  return text;
}

Json run(const recipe::StageContext& context) {
  const Settings settings = parse(context.settings);
  const auto model = models::load_model(settings.model);  // also: is it whole?
  const int64_t parameters = models::parameter_count(*model);
  AtomicDirectory out(context.folder / "model");
  link_model_files(settings.model, out.path());
  write_file_atomic(out.path() / "README.md", model_card(settings, context, parameters));
  Json files = Json::array();
  uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(out.path())) {
    files.push_back({{"name", entry.path().filename().string()}, {"bytes", entry.file_size()}});
    bytes += entry.file_size();
  }
  std::sort(files.begin(), files.end(),
            [](const Json& a, const Json& b) { return a["name"] < b["name"]; });
  out.commit();
  return {
      {"headline", fmt::format("{} parameters, {}", format_count(parameters), format_bytes(bytes))},
      {"title", settings.title},
      {"license", settings.license},
      {"parameters", parameters},
      {"bytes", bytes},
      {"dtype", std::string(name(model->dtype()))},
      {"config", model->config().to_json(name(model->dtype()))},
      {"files", files}};
}

}  // namespace

recipe::StageKind export_stage() {
  return {.name = "export",
          .description = "Write a Hugging Face model directory with a model card",
          .version = 2,
          .reads_manifests = true,  // the card tells of data, training and evaluation
          .plan =
              [](const recipe::StageSettings& settings) {
                return recipe::StagePlan{{parse(settings).model}, {{"model", "model"}}};
              },
          .run = run};
}

}  // namespace fundi::cli
