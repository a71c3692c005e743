// make_deal and make_write of flow/mix.h.
#include "curate/flow/deal.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/hash.h"
#include "curate/flow/bundle.h"
#include "curate/flow/document_stream.h"
#include "curate/flow/mix.h"
#include "curate/flow/pass.h"
#include "curate/flow/rows.h"
#include "curate/flow/task.h"
#include "curate/flow/token_shard.h"
#include "curate/flow/zstd_file.h"

namespace fundi::curate {
namespace {

uint64_t mixed_hash(uint64_t seed, uint64_t a, uint64_t b) {
  const uint64_t words[] = {a, b};
  return hash64({reinterpret_cast<const char*>(words), sizeof(words)}, seed);
}

double to_unit(uint64_t hash) { return static_cast<double>(hash >> 11) * 0x1p-53; }

constexpr uint64_t kDraw = 0x64726177, kSplit = 0x73706c69;  // streams of the seed

// What documents a stage hands to output shards look like: a key that orders them, then the
// document.
void put_key(std::string& out, uint64_t key) {
  out.append(reinterpret_cast<const char*>(&key), sizeof(key));
}

class Deal : public Stage {
 public:
  Deal(const CurateRecipe& recipe, fs::path last_pass, fs::path mix)
      : recipe_(recipe), last_pass_(std::move(last_pass)), mix_(std::move(mix)) {}
  std::string name() const override { return "deal"; }
  size_t tasks() const override { return recipe_.shards.size(); }
  int64_t work(size_t task) const override {
    return static_cast<int64_t>(recipe_.shards[task].bytes);
  }
  Json settings() const override { return name(); }

  Json run(size_t task, const TaskContext& context) const override {
    const Json shares = read_done(Layout::task(mix_, 0));
    const double rate = shares.at(recipe_.shards[task].source).at("rate");
    std::vector<std::string> boxes(train_shards(recipe_) + validation_shards(recipe_));
    std::string rejects;
    Volume undrawn;
    const std::vector<fs::path> batches = batches_of(Layout::task(last_pass_, task));
    for (const fs::path& path : batches) {
      const std::string bytes = Bundle(path).section("documents");
      DocumentStream stream(bytes, path.string());
      for (Document document; stream.next(document);) {
        const int64_t copies = deal(document, rate, boxes);
        if (copies > 0) continue;
        undrawn.add(document);
        rejects += reject_row(document, "mix", {"not_drawn", "", ""}) + "\n";
      }
      context.advance({work(task) / static_cast<int64_t>(batches.size())});
    }
    BundleWriter bundle(context.folder / "out.bundle");
    for (size_t i = 0; i < boxes.size(); ++i) bundle.add_compressed(std::to_string(i), boxes[i]);
    bundle.commit();
    if (!rejects.empty()) {
      ZstdFile file(context.folder / "rejects-mix.jsonl.zst", 1);
      file.write(rejects);
      file.commit();
    }
    return {{"not_drawn", {undrawn.documents, undrawn.bytes}}};
  }

 private:
  int64_t deal(const Document& document, double rate, std::vector<std::string>& boxes) const {
    const int64_t copies = copies_of(recipe_, document.ordinal, rate);
    for (int64_t copy = 0; copy < copies; ++copy) {
      const uint64_t key = recipe_.mix.shuffle ? mixed_hash(recipe_.mix.seed, document.ordinal,
                                                            static_cast<uint64_t>(copy))
                                               : document.ordinal;
      std::string& box = boxes[box_of(document, key)];
      put_key(box, key);
      append_document(box, document);
    }
    return copies;
  }

  size_t box_of(const Document& document, uint64_t key) const {
    const bool held_out = is_held_out(recipe_, document);
    const size_t boxes = held_out ? validation_shards(recipe_) : train_shards(recipe_);
    const size_t box = recipe_.mix.shuffle
                           ? partition_of(key, boxes)
                           : shard_of(document.ordinal) * boxes / recipe_.shards.size();
    return held_out ? train_shards(recipe_) + box : box;
  }

  const CurateRecipe& recipe_;
  fs::path last_pass_, mix_;
};

class Write : public Stage {
 public:
  Write(const CurateRecipe& recipe, fs::path deal) : recipe_(recipe), deal_(std::move(deal)) {}
  std::string name() const override { return "write"; }
  size_t tasks() const override { return train_shards(recipe_) + validation_shards(recipe_); }
  int64_t work(size_t) const override { return 1; }
  Json settings() const override {
    return {
        {"format", recipe_.write.format->name},
        {"level", recipe_.write.level},
        {"tokenizer", recipe_.write.tokenizer.empty() ? "" : sha256_path(recipe_.write.tokenizer)}};
  }

  Json run(size_t task, const TaskContext& context) const override {
    const std::string dealt =
        receive(Layout::files(deal_, recipe_.shards.size(), "out.bundle"), task);
    PassFigures figures;
    const ShardFormat& format = *recipe_.write.format;
    const auto shard =
        format.open(context.folder / ("documents" + format.extension), recipe_.write.level);
    std::optional<TokenShardWriter> tokens;
    if (!recipe_.write.tokenizer.empty()) tokens.emplace(recipe_.write.tokenizer, context.folder);
    for (const auto& [key, offset] : order(dealt)) {
      DocumentStream stream(std::string_view(dealt).substr(offset), deal_.string());
      Document document;
      stream.next(document);
      shard->add(document);
      if (tokens) tokens->add(document);
      figures.sources[document.source].add(document);
      figures.languages[document.language].add(document);
      figures.licences[document.source][document.licence].add(document);
      ++figures.records;
    }
    shard->commit();
    Json done = figures.to_json();
    if (tokens) done["tokens"] = tokens->commit();
    context.advance({1});
    return done;
  }

 private:
  // (key, where its document starts), in the order of the keys.
  static std::vector<std::pair<uint64_t, size_t>> order(const std::string& dealt) {
    std::vector<std::pair<uint64_t, size_t>> places;
    for (size_t at = 0; at < dealt.size();) {
      uint64_t key = 0;
      std::memcpy(&key, dealt.data() + at, sizeof(key));
      at += sizeof(key);
      places.emplace_back(key, at);
      at += document_size(std::string_view(dealt).substr(at), "dealt documents");
    }
    std::sort(places.begin(), places.end());
    return places;
  }

  const CurateRecipe& recipe_;
  fs::path deal_;
};

}  // namespace

int64_t copies_of(const CurateRecipe& recipe, uint64_t ordinal, double rate) {
  const double whole = std::floor(rate);
  const bool once_more = to_unit(mixed_hash(recipe.mix.seed, ordinal, kDraw)) < rate - whole;
  return static_cast<int64_t>(whole) + (once_more ? 1 : 0);
}

bool is_held_out(const CurateRecipe& recipe, const Document& document) {
  uint64_t group = document.ordinal;
  if (const auto found = document.meta.find("cluster"); found != document.meta.end()) {
    group = hash64(dump_json(*found));
  }
  return to_unit(mixed_hash(recipe.mix.seed, group, kSplit)) < recipe.mix.validation;
}

std::unique_ptr<Stage> make_deal(const CurateRecipe& recipe, fs::path last_pass, fs::path mix) {
  return std::make_unique<Deal>(recipe, std::move(last_pass), std::move(mix));
}

std::unique_ptr<Stage> make_write(const CurateRecipe& recipe, fs::path deal) {
  return std::make_unique<Write>(recipe, std::move(deal));
}

}  // namespace fundi::curate
