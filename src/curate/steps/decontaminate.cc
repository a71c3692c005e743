#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "curate/dedup/contamination.h"
#include "curate/readers/reader.h"
#include "curate/steps/all.h"
#include "curate/steps/contaminated_ranges.h"
#include "curate/steps/settings.h"
#include "text/utf8.h"

// Documents that hold texts of evaluation sets:
//   sets:
//     - name: gsm8k
//       path: evals/gsm8k/test.jsonl     any kind that fundi reads: jsonl, csv, tsv, txt, .gz, .zst
//       keys: [question, answer]         whose texts make a row; default "text"; of txt each line
//       is one
//   ngram: 13                            words in a run
//   least_words: 5                       shorter evaluation texts are not looked for
//   min_matches: 1                       runs that are found before anything is done
//   action: drop                         or cut: what was found goes, from its first to its last
//   word

namespace fundi::curate {
namespace {

using dedup::ContaminationIndex;
using dedup::ContaminationMatch;

constexpr std::string_view kRules[] = {"contaminated"};

class Decontaminate final : public DocumentStep {
 public:
  Decontaminate(const Config& config, StepContext& context)
      : ngram_(bounded(config, "ngram", 13, {2, 64})),
        index_(
            {.ngram = ngram_,
             .least_words = bounded(config, "least_words", 5, {2, static_cast<double>(ngram_)})}),
        cut_(config.choice("action", {"drop", "cut"}, "drop") == "cut"),
        min_matches_(bounded<int64_t>(config, "min_matches", 1, {.least = 1})) {
    const std::vector<Config> sets = config.children("sets");
    if (sets.empty()) {
      fail(ErrorCode::kInvalidArgument, "{}: name at least one set: - {{name: ..., path: ...}}",
           config.where("sets"));
    }
    for (const Config& set : sets) read_set(set, context);
    config.finish();
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    std::vector<ContaminationMatch> matches;
    index_.scan(subject.text(), matches);
    int64_t runs = 0;
    std::set<uint32_t> found;
    for (const ContaminationMatch& match : matches) runs += match.runs, found.insert(match.set);
    const bool contaminated = runs >= min_matches_;
    if (contaminated) {
      for (const uint32_t set : found) judge.count(names_[set]);
    }
    const bool drop = contaminated && !(cut_ && cut_out(subject, matches));
    judge.forbid(0, drop, drop ? tell(matches.front(), runs) : "");
  }

 private:
  void read_set(const Config& set, StepContext& context) {
    const auto name = set.get<std::string>("name");
    const fs::path path = context.input(set, "path");
    const bool one = set.has("keys") && set.json().at("keys").is_string();
    const auto keys = one ? std::vector{set.get<std::string>("keys")}
                          : set.get<std::vector<std::string>>("keys", {"text"});
    set.finish();
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      fail(ErrorCode::kInvalidArgument, "{}: two sets are named '{}'", set.where("name"), name);
    }
    const ReaderKind* kind = reader_for(path);
    if (kind == nullptr) {
      fail(ErrorCode::kUnsupported, "{}: no kind of file that fundi reads; use jsonl, csv or txt",
           path.string());
    }
    if (kind->beside) context.inputs.push_back(kind->beside(path));
    const auto number = static_cast<uint32_t>(names_.size());
    names_.push_back(name);
    const Config options(Json{{"text", keys}, {"split", "line"}}, path.string());
    const std::unique_ptr<Reader> reader = kind->open(path, {}, options);
    Record record;
    bool any = false;
    for (uint32_t row = 1; reader->next(record); ++row) {
      if (!record.problem.empty()) {
        fail(ErrorCode::kCorruptData, "{}:{}: {}; give the 'keys' that hold the texts of this set",
             path.string(), record.name, record.problem);
      }
      any |= index_.add(text::replace_invalid_utf8(record.bytes), number, row);
    }
    if (!any) {
      fail(ErrorCode::kInvalidArgument,
           "{}: no text in it is long enough to be looked for; check 'path', 'keys' and "
           "'least_words'",
           path.string());
    }
  }

  // False where nothing is left, or cuts find no end.
  bool cut_out(Subject& subject, std::vector<ContaminationMatch> matches) const {
    const auto ngram = static_cast<size_t>(ngram_);
    for (int scans = 0; !matches.empty(); ++scans) {
      if (scans == kMostScans) return false;
      if (!dedup::cut(subject, contaminated_ranges(index_, ngram, subject.text(), matches))) break;
      index_.scan(subject.text(), matches);
    }
    return subject.text().find_first_not_of(" \t\r\n") != std::string_view::npos;
  }

  std::string tell(const ContaminationMatch& match, int64_t runs) const {
    return fmt::format("{} row {}{}", names_[match.set], match.row,
                       runs > 1 ? fmt::format(" ({} runs)", runs) : "");
  }

  // Of a text that is cut. A second one finds something only where letters of a script without
  // spaces came together.
  static constexpr int kMostScans = 100;

  int ngram_;
  ContaminationIndex index_;
  std::vector<std::string> names_;
  bool cut_;
  int64_t min_matches_;
};

}  // namespace

DocumentStepKind decontaminate_step() {
  return {.name = "decontaminate",
          .description = "drops or cuts what stands in evaluation sets",
          .version = 2,
          .searches = true,
          .make = [](const Config& config, StepContext& context) {
            return std::make_unique<Decontaminate>(config, context);
          }};
}

}  // namespace fundi::curate
