#include "curate/flow/corpus.h"

#include "base/error.h"
#include "curate/flow/batch_input.h"
#include "curate/flow/extractor.h"
#include "curate/judge.h"
#include "curate/steps/all.h"

namespace fundi::curate {
namespace {

CurateRecipe recipe_of(const CorpusOptions& options) {
  Json source = {{"path", options.paths}};
  if (!options.text.empty()) source["text"] = options.text;
  if (!options.format.empty()) source["format"] = options.format;
  CurateRecipe recipe;
  recipe.sources =
      read_sources(Config({{"sources", Json::array({source})}}, "corpus"), fs::current_path());
  recipe.shards = cut_into_shards(recipe.sources, UINT64_MAX);
  return recipe;
}

// Whether a document brings "key=value".
class Where {
 public:
  explicit Where(const std::string& text) {
    if (text.empty()) return;
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      fail(ErrorCode::kInvalidArgument, "'{}' chooses no rows; write KEY=VALUE", text);
    }
    key_ = text.substr(0, equals);
    value_ = text.substr(equals + 1);
  }
  bool fits(const Document& document) const {
    if (key_.empty()) return true;
    const auto found = document.meta.find(key_);
    if (found == document.meta.end()) return false;
    return found->is_string() ? found->get<std::string>() == value_ : found->dump() == value_;
  }

 private:
  std::string key_, value_;
};

Document normalised(Document document, const DocumentStep& step) {
  Subject subject(std::move(document));
  StepFigures figures;
  Judge judge(step.rules(), figures);
  step.apply(subject, judge);
  return std::move(subject).release();
}

}  // namespace

CorpusCounts read_corpus(const CorpusOptions& options,
                         const std::function<bool(Document document)>& visit) {
  const CurateRecipe recipe = recipe_of(options);
  const Where where(options.where);
  StepContext context;
  const auto normalise = normalise_step().make(Config(Json::object(), "normalise"), context);
  Extractor extractor(recipe);
  CorpusCounts counts;
  const auto take = [&](RawDocument& raw) {
    std::string problem = std::move(raw.problem);
    if (problem.empty() && !where.fits(raw.document)) return ++counts.skipped, true;
    if (problem.empty()) problem = extractor.extract(raw);
    if (!problem.empty()) {
      if (counts.problems++ == 0) counts.first_problem = raw.document.id + ": " + problem;
      return true;
    }
    Document document = normalised(std::move(raw.document), *normalise);
    ++counts.documents;
    counts.bytes += document.text.size();
    return visit(std::move(document));
  };
  for (size_t shard = 0; shard < recipe.shards.size(); ++shard) {
    BatchInput input(recipe, shard);
    while (auto batch = input.next()) {
      for (RawDocument& raw : batch->raw) {
        if (!take(raw)) return counts;
      }
    }
  }
  if (counts.documents == 0) {
    fail(ErrorCode::kInvalidArgument, "{}: no documents to learn from: {}",
         fmt::join(options.paths, ", "),
         counts.problems > 0  ? counts.first_problem
         : counts.skipped > 0 ? fmt::format("none of {} has {}", counts.skipped, options.where)
                              : "nothing is in them");
  }
  return counts;
}

}  // namespace fundi::curate
