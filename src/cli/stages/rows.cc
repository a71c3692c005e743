// rows: dictionary entries to rows for pretraining, fine-tuning and evaluation.
//
//   corpus: ${curate.data}        # entries as the readers of dictd make them (data/dictd.h)
//   max_translation_chars: 60     # longer answers are dropped
//   max_pairs: 0                  # of each direction; 0: all
//   wordings: 0                   # questions to train on of each pair, drawn by the seed; 0: all
//   seed: 0
//   directions:
//     - name: swh-eng
//       dictionaries: [swh-eng]   # sources of the corpus; the first that knows a headword wins
//       plain: ["..."]            # texts for pretraining, with {headword} and {translation}
//       train:                    # questions; "[a|b]" stands for two wordings
//         - "[Please translate|Translate] {headword}"   # the answer is "{translation}"
//         - {prompt: "...", completion: "It means {translation}."}
//       heldout: ["..."]          # as train; in the evaluation only
#include "data/rows.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/stages/all.h"
#include "cli/stages/common.h"
#include "data/jsonl.h"

namespace fundi::cli {
namespace {

struct Direction {
  std::string name;
  std::vector<std::string> dictionaries;
  data::RowTemplates templates;
};

struct Settings {
  fs::path corpus;
  std::vector<Direction> directions;
  data::RowOptions options;
};

std::vector<data::QaTemplate> parse_templates(const Config& config, std::string_view key) {
  std::vector<data::QaTemplate> templates;
  for (const Config& child : config.children(key, "prompt")) {
    templates.push_back(
        {child.get<std::string>("prompt"), child.get<std::string>("completion", "{translation}")});
    child.finish();
  }
  return templates;
}

Settings parse(const recipe::StageSettings& settings) {
  Settings out;
  const Config& with = settings.with;
  out.corpus = settings.path("corpus");
  out.options.max_translation_chars =
      with.get<int64_t>("max_translation_chars", out.options.max_translation_chars);
  out.options.max_pairs = with.get<int64_t>("max_pairs", out.options.max_pairs);
  out.options.wordings = with.get<int64_t>("wordings", out.options.wordings);
  out.options.seed = static_cast<uint64_t>(with.get<int64_t>("seed", 0));
  for (const Config& config : with.children("directions")) {
    Direction direction;
    direction.name = config.get<std::string>("name");
    direction.dictionaries = config.get<std::vector<std::string>>("dictionaries");
    direction.templates.plain = config.get<std::vector<std::string>>("plain", {});
    direction.templates.train = parse_templates(config, "train");
    direction.templates.heldout = parse_templates(config, "heldout");
    config.finish();
    if (direction.dictionaries.empty() || direction.templates.train.empty()) {
      fail(ErrorCode::kInvalidArgument, "{}: must not be empty",
           config.where(direction.dictionaries.empty() ? "dictionaries" : "train"));
    }
    out.directions.push_back(std::move(direction));
  }
  with.finish();
  if (out.directions.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: needs at least one", with.where("directions"));
  }
  return out;
}

// The entries of a corpus by source, in the order of its shards; what is held out stays out.
std::map<std::string, data::Dictionary> load_corpus(const fs::path& folder) {
  std::vector<fs::path> shards;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("train-") && name.ends_with(".jsonl.zst")) shards.push_back(entry.path());
  }
  std::sort(shards.begin(), shards.end());
  std::map<std::string, data::Dictionary> sources;
  for (const fs::path& shard : shards) {
    data::JsonlReader reader(shard);
    for (data::JsonlRow row; reader.next(row);) {
      const auto text_of = [&](const Json& json, const char* key) {
        return data::optional_string(json, key, reader.where());
      };
      const Json meta = row.json.value("meta", Json::object());
      data::Dictionary& dictionary = sources[text_of(row.json, "source")];
      dictionary.info.name = text_of(meta, "dictionary");
      dictionary.info.licence = text_of(row.json, "licence");
      auto& entry = dictionary.entries.emplace_back(
          data::parse_entry_text(data::require_string(row.json, "text", reader.where())));
      entry.part_of_speech = text_of(meta, "part_of_speech");
    }
  }
  return sources;
}

Json run(const recipe::StageContext& context) {
  const Settings settings = parse(context.settings);
  Progress progress(context.folder.filename().string(), "directions",
                    static_cast<int64_t>(settings.directions.size()));
  const std::map<std::string, data::Dictionary> sources = load_corpus(settings.corpus);
  std::vector<data::RowDirection> directions;
  for (const Direction& direction : settings.directions) {
    data::RowDirection& out = directions.emplace_back();
    out.name = direction.name;
    out.templates = direction.templates;
    for (const std::string& name : direction.dictionaries) {
      const auto found = sources.find(name);
      if (found == sources.end()) {
        fail(ErrorCode::kInvalidArgument, "{}: no document has '{}' as its source",
             settings.corpus.string(), name);
      }
      out.dictionaries.push_back(&found->second);
    }
    progress.advance();
  }
  const data::RowCounts counts = data::write_rows(directions, context.folder, settings.options);
  return {{"headline",
           fmt::format("{}, {} to train on", count_of(counts.pairs, "word pair", "word pairs"),
                       count_of(counts.pretrain_rows + counts.sft_rows, "row", "rows"))},
          {"entries", counts.entries},
          {"without_translation", counts.without_translation},
          {"merged", counts.merged},
          {"too_long", counts.too_long},
          {"over_max_pairs", counts.over_max_pairs},
          {"pairs", counts.pairs},
          {"pretrain_rows", counts.pretrain_rows},
          {"sft_rows", counts.sft_rows},
          {"eval_seen_rows", counts.eval_seen_rows},
          {"eval_unseen_rows", counts.eval_unseen_rows}};
}

}  // namespace

recipe::StageKind rows_stage() {
  recipe::StageKind kind{.name = "rows",
                         .description = "Make training and evaluation rows of dictionary entries"};
  kind.plan = [](const recipe::StageSettings& settings) {
    return recipe::StagePlan{{parse(settings).corpus},
                             {{"pairs", "pairs.jsonl"},
                              {"pretrain", "pretrain.jsonl"},
                              {"sft", "sft.jsonl"},
                              {"eval", "eval.jsonl"}}};
  };
  kind.run = run;
  return kind;
}

}  // namespace fundi::cli
