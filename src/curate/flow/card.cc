#include "curate/flow/card.h"

#include <algorithm>

#include "base/text.h"
#include "curate/flow/figures.h"
#include "curate/flow/mix.h"
#include "curate/flow/task.h"

namespace fundi::curate {
namespace {

constexpr double kNearlyAll = 0.95;      // a step that removes more is called out
constexpr int64_t kEnoughToJudge = 100;  // documents: below, removing none says nothing

bool is_pass(const std::vector<Json>& tasks) {
  return std::any_of(tasks.begin(), tasks.end(), [](const Json& task) {
    return task.is_object() && task.contains("steps") && task.contains("records");
  });
}

std::vector<Json> figures_of(const Plan& plan, size_t stage) {
  std::vector<Json> tasks;
  for (size_t i = 0; i < plan.stage(stage).tasks(); ++i) {
    tasks.push_back(read_done(plan.folder(stage, i)));
  }
  return tasks;
}

PassFigures merged(const std::vector<Json>& tasks) {
  PassFigures figures;
  for (const Json& task : tasks) {
    if (task.is_object()) figures.merge(PassFigures::from_json(task, "a task's figures"));
  }
  return figures;
}

Json pair_of(const Volume& volume) { return {volume.documents, volume.bytes}; }

Json histogram_json(std::string_view rule, const Histogram& histogram) {
  Json bins = Json::array();
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] > 0) {
      bins.push_back({Histogram::lower_edge(i), Histogram::lower_edge(i + 1), histogram.counts[i]});
    }
  }
  return {{"rule", rule},
          {"documents", histogram.documents},
          {"rejected", histogram.rejected},
          {"least", histogram.least},
          {"greatest", histogram.greatest},
          {"mean", histogram.documents > 0 ? histogram.sum / double(histogram.documents) : 0.0},
          {"bins", std::move(bins)}};
}

std::string warning_of(const Step& step, const StepRecord& record) {
  const int64_t in = record.in.documents, out = record.out.documents;
  const bool judges = !step.rules().empty();
  if (in >= kEnoughToJudge && judges && in == out && record.figures.counts.empty()) {
    return fmt::format("{} removed none of {} documents: is it set as you mean?", step.name,
                       format_count(in));
  }
  if (in >= kEnoughToJudge &&
      static_cast<double>(in - out) > kNearlyAll * static_cast<double>(in)) {
    return fmt::format("{} removed {} of {} documents: is it set as you mean?", step.name,
                       format_count(in - out), format_count(in));
  }
  return "";
}

Json funnel_entry(const Step& step, const StepRecord& record) {
  Json rejected = Json::object(), rules = Json::array(), counts = Json::object(),
       examples = Json::object();
  for (const auto& [rule, volume] : record.rejected) rejected[rule] = pair_of(volume);
  for (size_t i = 0; i < record.figures.rules.size() && i < step.rules().size(); ++i) {
    rules.push_back(histogram_json(step.rules()[i], record.figures.rules[i]));
  }
  for (const auto& [what, n] : record.figures.counts) counts[what] = n;
  for (const auto& [rule, some] : record.examples) {
    for (const auto& example : some.examples) {
      examples[rule].push_back(
          {{"id", example.id}, {"value", example.value}, {"excerpt", example.excerpt}});
    }
  }
  return {{"step", step.name},
          {"kind", step.group ? "group" : "document"},
          {"in", pair_of(record.in)},
          {"out", pair_of(record.out)},
          {"rejected", std::move(rejected)},
          {"rules", std::move(rules)},
          {"counts", std::move(counts)},
          {"examples", std::move(examples)},
          {"warning", warning_of(step, record)}};
}

// Counts that the stages of a group step made.
void add_group_counts(const Plan& plan, size_t stage, Json& funnel) {
  const std::string& name = plan.stage(stage).name();
  for (Json& entry : funnel) {
    const std::string step = entry.at("step");
    if (!name.starts_with(step + "-")) continue;
    for (const Json& task : figures_of(plan, stage)) {
      if (!task.is_object()) continue;
      for (const auto& [what, n] : task.at("counts").items()) {
        entry["counts"][what] = entry["counts"].value(what, int64_t{0}) + n.get<int64_t>();
      }
      for (const Json& example : task.at("examples")) {
        if (entry["clusters"].size() < 10) entry["clusters"].push_back(example);
      }
    }
  }
}

Json written_json(const Plan& plan, Json& sources) {
  const std::vector<Json> tasks = figures_of(plan, plan.find("write"));
  const size_t train = train_shards(plan.recipe());
  PassFigures all, sides[2];
  uint64_t tokens = 0;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (!tasks[i].is_object()) continue;
    sides[i < train ? 0 : 1].merge(PassFigures::from_json(tasks[i], "write"));
    if (tasks[i].contains("tokens")) tokens += tasks[i]["tokens"].at("tokens").get<uint64_t>();
  }
  all.merge(sides[0]);
  all.merge(sides[1]);
  for (Json& source : sources) {
    source["written"] = pair_of(all.sources[source.at("source").get<std::string>()]);
  }
  const auto side = [](const PassFigures& figures, size_t shards) {
    Volume sum;
    for (const auto& [name, volume] : figures.sources) sum.merge(volume);
    return Json{{"documents", sum.documents}, {"bytes", sum.bytes}, {"shards", shards}};
  };
  Json written = side(all, tasks.size());
  written["tokens"] = tokens;
  written["train"] = side(sides[0], train);
  written["validation"] = side(sides[1], tasks.size() - train);
  Json languages = Json::object();
  for (const auto& [code, volume] : all.languages) languages[code] = pair_of(volume);
  written["languages"] = std::move(languages);
  return written;
}

Json sources_json(const Plan& plan) {
  const CurateRecipe& recipe = plan.recipe();
  const Json shares = read_done(plan.folder(plan.find("mix"), 0));
  Json sources = Json::array();
  for (size_t i = 0; i < recipe.sources.size(); ++i) {
    const Source& source = recipe.sources[i];
    uint64_t bytes = 0;
    for (const Source::File& file : source.files) bytes += file.bytes;
    Json entry = {{"source", source.name},
                  {"licence", source.licence},
                  {"files", source.files.size()},
                  {"files_not_read", source.files_not_read},
                  {"file_bytes", bytes}};
    if (shares.is_array() && i < shares.size()) entry.update(shares[i]);
    sources.push_back(std::move(entry));
  }
  return sources;
}

void add_notes(const Plan& plan, const Json& card, Json& notes) {
  for (const Json& entry : card.at("funnel")) {
    const std::string warning = entry.at("warning");
    if (!warning.empty()) notes.push_back(warning);
  }
  for (const Json& source : card.at("sources")) {
    const std::string name = source.at("source");
    if (source.at("files_not_read").get<int64_t>() > 0) {
      notes.push_back(fmt::format("{}: {} files are of no known type and were not read", name,
                                  source.at("files_not_read").get<int64_t>()));
    }
    if (source.at("licence").get<std::string>().empty()) {
      notes.push_back(fmt::format("{}: its licence is not stated", name));
    }
  }
  for (const GivenUp& task : given_up(plan)) {
    notes.push_back(fmt::format("task {} was given up: {}", task.task, task.log));
  }
}

}  // namespace

Json make_card(const Plan& plan) {
  const CurateRecipe& recipe = plan.recipe();
  PassFigures all;
  Json read;
  for (size_t stage = 0; stage < plan.stages(); ++stage) {
    const std::vector<Json> tasks = figures_of(plan, stage);
    if (!is_pass(tasks) || plan.stage(stage).name() == "write") continue;
    PassFigures figures = merged(tasks);
    if (read.is_null()) {
      read = {{"records", figures.records},
              {"quarantined", figures.quarantined},
              {"documents", figures.records - figures.quarantined}};
    }
    all.merge(figures);
  }
  Json funnel = Json::array();
  all.steps.resize(recipe.steps.size());
  for (size_t i = 0; i < recipe.steps.size(); ++i) {
    funnel.push_back(funnel_entry(recipe.steps[i], all.steps[i]));
  }
  for (size_t stage = 0; stage < plan.stages(); ++stage) add_group_counts(plan, stage, funnel);
  Json card = {{"name", recipe.name},         {"output", recipe.output.string()},
               {"sample", recipe.sample},     {"read", read},
               {"funnel", std::move(funnel)}, {"sources", sources_json(plan)}};
  card["written"] = written_json(plan, card["sources"]);
  card["recipe"] = recipe.json;
  Json notes = Json::array();
  add_notes(plan, card, notes);
  card["notes"] = std::move(notes);
  return card;
}

}  // namespace fundi::curate
