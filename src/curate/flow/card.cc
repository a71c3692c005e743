#include "curate/flow/card.h"

#include <algorithm>

#include "base/text.h"
#include "curate/flow/document_ids.h"
#include "curate/flow/figures.h"
#include "curate/flow/mix.h"
#include "curate/flow/task.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {
namespace {

constexpr double kNearlyAll = 0.95;      // a step that removes more is called out
constexpr int64_t kEnoughToJudge = 100;  // documents: below, removing none says nothing
constexpr size_t kMostClusters = 10, kMostProblems = 12;

std::vector<Json> figures_of(const Plan& plan, size_t stage) {
  std::vector<Json> tasks;
  for (size_t i = 0; i < plan.stage(stage).tasks(); ++i) {
    tasks.push_back(read_done(plan.folder(stage, i)));
  }
  return tasks;
}

// Of a pass's tasks together.
PassFigures pass_figures(const Plan& plan, size_t stage) {
  PassFigures figures;
  for (size_t i = 0; i < plan.stage(stage).tasks(); ++i) {
    const Json task = read_done(plan.folder(stage, i));
    if (task.is_object()) figures.merge(PassFigures::from_json(task, "a task's figures"));
  }
  return figures;
}

Volume sum_of(const std::map<std::string, Volume>& volumes) {
  Volume sum;
  for (const auto& [name, volume] : volumes) sum.merge(volume);
  return sum;
}

Json pair_of(const Volume& volume) { return {volume.documents, volume.bytes}; }

Json histogram_json(std::string_view rule, const Histogram& histogram) {
  Json bins = Json::array();
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] > 0) {
      const uint64_t rejected =
          histogram.rejected_counts.empty() ? 0 : histogram.rejected_counts[i];
      bins.push_back(
          {Histogram::lower_edge(i), Histogram::lower_edge(i + 1), histogram.counts[i], rejected});
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
  const bool filters = !step.rules().empty() && !step.searches;
  if (in >= kEnoughToJudge && filters && in == out && record.figures.counts.empty()) {
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
      examples[rule].push_back({{"id", example.id},
                                {"value", example.value},
                                {"limit", example.limit},
                                {"excerpt", example.excerpt}});
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
          {"clusters", Json::array()},
          {"warning", warning_of(step, record)}};
}

// The largest first, their documents by id.
Json clusters_json(const Plan& plan, const std::string& step, std::vector<Json> clusters) {
  const auto size_of = [](const Json& cluster) { return cluster.at("size").get<size_t>(); };
  std::stable_sort(clusters.begin(), clusters.end(),
                   [&](const Json& a, const Json& b) { return size_of(a) > size_of(b); });
  if (clusters.size() > kMostClusters) clusters.resize(kMostClusters);
  const DocumentIds ids(plan.group(step).pass);
  for (Json& cluster : clusters) {
    for (Json& document : cluster.at("documents")) document = ids.id_of(document.get<uint64_t>());
  }
  return clusters;
}

// What the stages of a group step counted and found.
void add_group_figures(const Plan& plan, Json& entry) {
  const std::string step = entry.at("step");
  std::vector<Json> clusters;
  for (size_t stage = 0; stage < plan.stages(); ++stage) {
    if (!plan.stage(stage).name().starts_with(step + "-")) continue;
    for (const Json& task : figures_of(plan, stage)) {
      if (!task.is_object()) continue;
      for (const auto& [what, n] : task.at("counts").items()) {
        if (what.starts_with('_')) continue;  // between stages only
        entry["counts"][what] = entry["counts"].value(what, int64_t{0}) + n.get<int64_t>();
      }
      for (const Json& example : task.at("examples")) clusters.push_back(example);
    }
  }
  entry["clusters"] = clusters_json(plan, step, std::move(clusters));
}

// What the documents that were written state, the most frequent first.
Json licences_json(const std::map<std::string, Volume>& licences) {
  Json json = Json::array();
  for (const auto& [licence, volume] : licences) {
    json.push_back({{"licence", licence}, {"written", pair_of(volume)}});
  }
  std::stable_sort(json.begin(), json.end(), [](const Json& a, const Json& b) {
    return a.at("written").at(0).get<int64_t>() > b.at("written").at(0).get<int64_t>();
  });
  return json;
}

void add_written(const Plan& plan, Json& card) {
  const std::vector<Json> tasks = figures_of(plan, plan.find("write"));
  const size_t train = train_shards(plan.recipe());
  PassFigures all, sides[2];
  uint64_t tokens = 0;
  std::map<std::string, uint64_t> source_tokens;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (!tasks[i].is_object()) continue;
    sides[i < train ? 0 : 1].merge(PassFigures::from_json(tasks[i], "write"));
    if (!tasks[i].contains("tokens")) continue;
    tokens += tasks[i]["tokens"].at("tokens").get<uint64_t>();
    for (const auto& [source, n] : tasks[i]["tokens"].at("sources").items()) {
      source_tokens[source] += n.get<uint64_t>();
    }
  }
  all.merge(sides[0]);
  all.merge(sides[1]);
  for (Json& source : card.at("sources")) {
    const std::string name = source.at("source");
    source["written"] = pair_of(all.sources[name]);
    source["tokens"] = source_tokens[name];
    source["licences"] = licences_json(all.licences[name]);
  }
  const auto side = [](const PassFigures& figures, size_t shards) {
    const Volume sum = sum_of(figures.sources);
    return Json{{"documents", sum.documents}, {"bytes", sum.bytes}, {"shards", shards}};
  };
  Json written = side(all, tasks.size());
  written["tokens"] = tokens;
  written["train"] = side(sides[0], train);
  written["validation"] = side(sides[1], tasks.size() - train);
  Json languages = Json::object();
  for (const auto& [code, volume] : all.languages) languages[code] = pair_of(volume);
  card["languages"] = std::move(languages);
  card["written"] = std::move(written);
}

Json sources_json(const Plan& plan) {
  const CurateRecipe& recipe = plan.recipe();
  const Json shares = read_done(plan.folder(plan.find("mix"), 0));
  Json sources = Json::array();
  for (size_t i = 0; i < recipe.sources.size(); ++i) {
    const Source& source = recipe.sources[i];
    uint64_t bytes = 0;
    for (const Source::File& file : source.files) bytes += file.bytes;
    Json entry = {{"source", source.name},        {"title", source.title},
                  {"origin", source.origin},      {"licence", source.licence},
                  {"files", source.files.size()}, {"files_not_read", source.files_not_read},
                  {"not_read", source.not_read},  {"file_bytes", bytes}};
    if (shares.is_array() && i < shares.size()) entry.update(shares[i]);
    sources.push_back(std::move(entry));
  }
  return sources;
}

// A corpus of which nearly nothing could be read is hardly what was meant.
void note_quarantine(const Json& read, Json& notes) {
  const auto records = read.at("records").get<int64_t>();
  const auto bad = read.at("quarantined").get<int64_t>();
  if (bad == 0 || static_cast<double>(bad) <= kNearlyAll * static_cast<double>(records)) return;
  notes.push_back(fmt::format("{} of {} records could not be read, most of them: {}",
                              format_count(bad), format_count(records),
                              read.at("problems").at(0).at("reason").get<std::string>()));
}

// A total keeps all sources back, or it is more than there is in the proportion wanted.
void note_total(const CurateRecipe& recipe, const Json& card, Json& notes) {
  const Json& sources = card.at("sources");
  if (recipe.mix.total.number == 0) return;
  const bool reached = std::ranges::any_of(
      sources, [](const Json& source) { return source.value("bound", "") == "total"; });
  if (!reached)
    notes.push_back("mix: the sources have not enough for the total in this proportion");
}

void add_notes(const Plan& plan, Json& card) {
  Json& notes = card["notes"];
  const int64_t n_written = card.at("written").at("documents");
  note_quarantine(card.at("read"), notes);
  note_total(plan.recipe(), card, notes);
  if (n_written == 0) notes.push_back("the corpus is empty");
  for (const Json& entry : card.at("funnel")) {
    const std::string warning = entry.at("warning");
    if (!warning.empty()) notes.push_back(warning);
  }
  for (const Json& source : card.at("sources")) {
    const std::string name = source.at("source");
    if (const auto n = source.at("files_not_read").get<int64_t>(); n > 0) {
      const auto named = source.at("not_read").get<std::vector<std::string>>();
      notes.push_back(fmt::format("{}: {} files are of no known type and were not read ({}{})",
                                  name, n, fmt::join(named, ", "),
                                  n > static_cast<int64_t>(named.size()) ? " ..." : ""));
    }
    if (source.value("available", 1) == 0 && n_written > 0) {
      notes.push_back(fmt::format("{}: nothing is left of it after the steps", name));
    }
    for (const Json& licence : source.at("licences")) {
      if (!licence.at("licence").get<std::string>().empty()) continue;
      notes.push_back(fmt::format("{}: the licence of {} documents is not stated", name,
                                  format_count(licence.at("written").at(0).get<int64_t>())));
    }
  }
  for (const GivenUp& task : given_up(plan)) {
    notes.push_back(fmt::format("task {} was given up: {}", task.task, task.log));
  }
}

// What could not be used and why, the most frequent first.
Json problems_json(const PassFigures& figures) {
  std::vector<std::pair<std::string, const Problem*>> all;
  for (const auto& [reason, problem] : figures.problems) all.emplace_back(reason, &problem);
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second->records > b.second->records;
  });
  Json json = Json::array();
  int64_t others = 0;
  for (const auto& [reason, problem] : all) {
    if (json.size() == kMostProblems) {
      others += problem->records;
      continue;
    }
    Json examples = Json::array();
    for (const Examples::Example& example : problem->examples.examples) {
      examples.push_back({{"id", example.id}, {"reason", example.value}});
    }
    json.push_back(
        {{"reason", reason}, {"records", problem->records}, {"examples", std::move(examples)}});
  }
  if (others > 0) {
    json.push_back({{"reason", fmt::format("{} other reasons", all.size() - kMostProblems)},
                    {"records", others},
                    {"examples", Json::array()}});
  }
  return json;
}

// Of the first pass; its steps may have changed texts, so bytes are those that went into them.
Json read_figures(const PassFigures& figures) {
  const bool steps = !figures.steps.empty() && figures.steps[0].in.documents > 0;
  return {{"records", figures.records},
          {"quarantined", figures.quarantined},
          {"problems", problems_json(figures)},
          {"documents", figures.records - figures.quarantined},
          {"bytes", steps ? figures.steps[0].in.bytes : sum_of(figures.sources).bytes}};
}

}  // namespace

Json make_card(const Plan& plan) {
  const CurateRecipe& recipe = plan.recipe();
  const PassFigures first = pass_figures(plan, 0);
  PassFigures all = first;
  for (const Step& step : recipe.steps) {
    if (step.group) all.merge(pass_figures(plan, plan.find(step.name)));
  }
  Json funnel = Json::array();
  all.steps.resize(recipe.steps.size());
  for (size_t i = 0; i < recipe.steps.size(); ++i) {
    funnel.push_back(funnel_entry(recipe.steps[i], all.steps[i]));
    if (recipe.steps[i].group) add_group_figures(plan, funnel.back());
  }
  Json card = {{"name", recipe.name},          {"output", recipe.output.string()},
               {"sample", recipe.sample},      {"notes", Json::array()},
               {"read", read_figures(first)},  {"funnel", std::move(funnel)},
               {"sources", sources_json(plan)}};
  add_written(plan, card);
  card["recipe"] = recipe.json;
  add_notes(plan, card);
  return card;
}

}  // namespace fundi::curate
