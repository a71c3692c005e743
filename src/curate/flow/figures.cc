#include "curate/flow/figures.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace fundi::curate {
namespace {

std::string excerpt_of(std::string_view text) {
  if (text.size() <= Examples::kExcerpt) return std::string(text);
  size_t end = Examples::kExcerpt;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

template <typename Map>
void merge_maps(Map& to, const Map& from) {
  for (const auto& [key, value] : from) to[key].merge(value);
}

template <typename Map>
void merge_entries(Map& to, const Map& from) {
  for (const auto& [name, value] : from) entry_of(to, name).merge(value);
}

// The conversion of a double that no integer holds would be undefined.
int64_t whole(const Json& json) {
  if (!json.is_number_integer()) {
    fail(ErrorCode::kCorruptData, "{} is no whole number", dump_json(json));
  }
  return json.get<int64_t>();
}

Json json_of(const Volume& volume) { return {volume.documents, volume.bytes}; }
Volume volume_of(const Json& json) { return {whole(json.at(0)), whole(json.at(1))}; }

Json json_of(const std::map<std::string, Volume>& volumes) {
  Json json = Json::object();
  for (const auto& [name, volume] : volumes) json[name] = json_of(volume);
  return json;
}
std::map<std::string, Volume> volumes_of(const Json& json) {
  std::map<std::string, Volume> volumes;
  for (const auto& [name, volume] : json.items()) volumes[name] = volume_of(volume);
  return volumes;
}

// Only the bins that hold something: [bin, count, bin, count, ...].
Json bins_json(const std::vector<uint64_t>& counts) {
  Json bins = Json::array();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    bins.push_back(i);
    bins.push_back(counts[i]);
  }
  return bins;
}
std::vector<uint64_t> counts_of(const Json& bins) {
  std::vector<uint64_t> counts(bins.empty() ? 0 : Histogram::kBins);
  for (size_t i = 0; i + 1 < bins.size(); i += 2) {
    counts.at(static_cast<size_t>(whole(bins[i]))) = static_cast<uint64_t>(whole(bins[i + 1]));
  }
  return counts;
}

Json json_of(const Histogram& histogram) {
  return {{"documents", histogram.documents},
          {"rejected", histogram.rejected},
          {"least", histogram.least},
          {"greatest", histogram.greatest},
          {"sum", histogram.sum},
          {"bins", bins_json(histogram.counts)},
          {"rejected_bins", bins_json(histogram.rejected_counts)}};
}
double number_or_zero(const Json& json) { return json.is_number() ? json.get<double>() : 0; }
Histogram histogram_of(const Json& json) {
  Histogram histogram;
  histogram.documents = whole(json.at("documents"));
  histogram.rejected = whole(json.at("rejected"));
  histogram.least = number_or_zero(json.at("least"));
  histogram.greatest = number_or_zero(json.at("greatest"));
  histogram.sum = number_or_zero(json.at("sum"));
  histogram.counts = counts_of(json.at("bins"));
  histogram.rejected_counts = counts_of(json.at("rejected_bins"));
  return histogram;
}

Json json_of(const Examples& examples) {
  Json json = Json::array();
  for (const Examples::Example& one : examples.examples) {
    json.push_back(
        {{"id", one.id}, {"value", one.value}, {"limit", one.limit}, {"excerpt", one.excerpt}});
  }
  return json;
}
Examples examples_of(const Json& json) {
  Examples examples;
  for (const Json& one : json) {
    const std::string id = one.at("id");
    examples.examples.push_back(
        {hash64(id), id, one.at("value"), one.at("limit"), one.at("excerpt")});
  }
  return examples;
}

Json json_of(const StepRecord& step) {
  Json rules = Json::array(), counts = Json::object(), examples = Json::object();
  for (const Histogram& rule : step.figures.rules) rules.push_back(json_of(rule));
  for (const auto& [what, n] : step.figures.counts) counts[what] = n;
  for (const auto& [rule, some] : step.examples) examples[rule] = json_of(some);
  return {{"in", json_of(step.in)},
          {"out", json_of(step.out)},
          {"rules", std::move(rules)},
          {"counts", std::move(counts)},
          {"rejected", json_of(step.rejected)},
          {"examples", std::move(examples)}};
}
StepRecord step_of(const Json& json) {
  StepRecord step;
  step.in = volume_of(json.at("in"));
  step.out = volume_of(json.at("out"));
  for (const Json& rule : json.at("rules")) step.figures.rules.push_back(histogram_of(rule));
  for (const auto& [what, n] : json.at("counts").items()) step.figures.counts[what] = whole(n);
  step.rejected = volumes_of(json.at("rejected"));
  for (const auto& [rule, some] : json.at("examples").items()) {
    step.examples[rule] = examples_of(some);
  }
  return step;
}

Json json_of(const std::map<std::string, Problem>& problems) {
  Json json = Json::object();
  for (const auto& [reason, problem] : problems) {
    json[reason] = {{"records", problem.records}, {"examples", json_of(problem.examples)}};
  }
  return json;
}
std::map<std::string, Problem> problems_of(const Json& json) {
  std::map<std::string, Problem> problems;
  for (const auto& [reason, problem] : json.items()) {
    problems[reason] = {whole(problem.at("records")), examples_of(problem.at("examples"))};
  }
  return problems;
}

}  // namespace

std::string problem_class(std::string_view reason) {
  constexpr size_t kMost = 120;
  std::string out;
  for (size_t i = 0; i < reason.size() && out.size() < kMost; ++i) {
    const size_t close = reason[i] == '\'' ? reason.find('\'', i + 1) : std::string_view::npos;
    const bool digit = reason[i] >= '0' && reason[i] <= '9';
    if (close != std::string_view::npos) {
      out += "'…'";
      i = close;
    } else if (!digit) {
      out += reason[i];
    } else if (!out.ends_with("…")) {
      out += "…";
    }
  }
  return out.substr(0, find_invalid_utf8(out));  // cut inside a character
}

void Problem::add(const std::string& id, const std::string& reason) {
  ++records;
  examples.merge({{{hash64(id), id, reason, "", ""}}});
}

void Problem::merge(const Problem& other) {
  records += other.records;
  examples.merge(other.examples);
}

void Volume::add(const Document& document) {
  ++documents;
  bytes += static_cast<int64_t>(document.text.size());
}

void Volume::merge(const Volume& other) {
  documents += other.documents;
  bytes += other.bytes;
}

void Examples::add(const Document& document, const Rejection& rejection) {
  const uint64_t hash = hash64(document.id);
  if (examples.size() == kMost && hash >= examples.back().hash) return;
  merge({{{hash, document.id, rejection.value, rejection.limit, excerpt_of(document.text)}}});
}

void Examples::merge(const Examples& other) {
  examples.insert(examples.end(), other.examples.begin(), other.examples.end());
  std::sort(examples.begin(), examples.end(), [](const Example& a, const Example& b) {
    return std::tie(a.hash, a.id) < std::tie(b.hash, b.id);
  });
  if (examples.size() > kMost) examples.resize(kMost);
}

void StepRecord::merge(const StepRecord& other) {
  in.merge(other.in);
  out.merge(other.out);
  figures.merge(other.figures);
  merge_maps(rejected, other.rejected);
  merge_maps(examples, other.examples);
}

void PassFigures::merge(const PassFigures& other) {
  records += other.records;
  quarantined += other.quarantined;
  if (steps.size() < other.steps.size()) steps.resize(other.steps.size());
  for (size_t i = 0; i < other.steps.size(); ++i) steps[i].merge(other.steps[i]);
  merge_maps(sources, other.sources);
  merge_entries(languages, other.languages);
  merge_entries(problems, other.problems);
  for (const auto& [source, volumes] : other.licences) merge_entries(licences[source], volumes);
}

Json PassFigures::to_json() const {
  Json all = Json::array();
  for (const StepRecord& step : steps) all.push_back(json_of(step));
  Json by_source = Json::object();
  for (const auto& [source, volumes] : licences) by_source[source] = json_of(volumes);
  return {{"records", records},
          {"quarantined", quarantined},
          {"steps", std::move(all)},
          {"sources", json_of(sources)},
          {"languages", json_of(languages)},
          {"problems", json_of(problems)},
          {"licences", std::move(by_source)}};
}

PassFigures PassFigures::from_json(const Json& json, const std::string& origin) {
  try {
    PassFigures figures;
    figures.records = whole(json.at("records"));
    figures.quarantined = whole(json.at("quarantined"));
    for (const Json& step : json.at("steps")) figures.steps.push_back(step_of(step));
    figures.sources = volumes_of(json.at("sources"));
    figures.languages = volumes_of(json.at("languages"));
    figures.problems = problems_of(json.at("problems"));
    for (const auto& [source, volumes] : json.at("licences").items()) {
      figures.licences[source] = volumes_of(volumes);
    }
    return figures;
  } catch (const std::exception& e) {
    fail(ErrorCode::kCorruptData, "{}: figures of a pass: {}", origin, e.what());
  }
}

}  // namespace fundi::curate
