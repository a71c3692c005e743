// make_deal and make_write of flow/mix.h.
#include "curate/flow/deal.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/hash.h"
#include "curate/flow/batches.h"
#include "curate/flow/mix.h"
#include "curate/flow/rows.h"
#include "curate/flow/stored_document.h"
#include "curate/flow/task.h"
#include "curate/flow/task_folder.h"
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

size_t tasks_written(const CurateRecipe& recipe) {
  return train_shards(recipe) + validation_shards(recipe);
}

// Documents as they are dealt: a key that orders them in their output shard, then the document.
// Calls body(key, dealt) for each.
template <typename Body>
void for_each_dealt(std::string_view bytes, const Body& body) {
  while (!bytes.empty()) {
    uint64_t key = 0;
    if (bytes.size() >= sizeof(key)) std::memcpy(&key, bytes.data(), sizeof(key));
    const std::string_view after = bytes.substr(std::min(bytes.size(), sizeof(key)));
    const size_t size = sizeof(key) + document_size(after, "dealt documents");
    body(key, bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
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
    if (shares.is_null()) fail(ErrorCode::kUnavailable, "the mix was given up");
    const double rate = shares.at(recipe_.shards[task].source).at("rate");
    Outbox out(tasks_written(recipe_), context.folder / "out.bundle", 2 * context.share());
    std::optional<ZstdFile> rejects;
    Volume undrawn;
    const std::vector<fs::path> batches = batches_of(Layout::task(last_pass_, task));
    for (const fs::path& path : batches) {
      for_each_stored(path, [&](std::string_view stored) {
        if (deal(stored, rate, path.string(), out) > 0) return;
        const Document document = stored_document(stored, path.string());
        undrawn.add(document);
        if (!rejects) rejects.emplace(context.folder / "rejects-mix.jsonl.zst", 1);
        rejects->write(reject_row(document, "mix", {"not_drawn", "", ""}) + "\n");
      });
      context.advance({work(task) / static_cast<int64_t>(batches.size())});
    }
    out.commit();
    if (rejects) rejects->commit();
    return {{"not_drawn", {undrawn.documents, undrawn.bytes}}};
  }

 private:
  // Returns how many copies there are of it.
  int64_t deal(std::string_view stored, double rate, const std::string& origin, Outbox& out) const {
    const uint64_t ordinal = stored_ordinal(stored, origin);
    const auto [copies, held_out] =
        deal_document(recipe_, ordinal, rate, [&] { return stored_document(stored, origin); });
    if (copies == 0) return 0;
    std::string dealt(sizeof(uint64_t), '\0');
    dealt += stored;
    for (int64_t copy = 0; copy < copies; ++copy) {
      const uint64_t key = recipe_.mix.shuffle
                               ? mixed_hash(recipe_.mix.seed, ordinal, static_cast<uint64_t>(copy))
                               : ordinal;
      std::memcpy(dealt.data(), &key, sizeof(key));
      out.send_bytes(box_of(ordinal, held_out, key), dealt);
    }
    return copies;
  }

  size_t box_of(uint64_t ordinal, bool held_out, uint64_t key) const {
    const size_t boxes = held_out ? validation_shards(recipe_) : train_shards(recipe_);
    const size_t box = recipe_.mix.shuffle ? partition_of(key, boxes)
                                           : shard_of(ordinal) * boxes / recipe_.shards.size();
    return held_out ? train_shards(recipe_) + box : box;
  }

  const CurateRecipe& recipe_;
  fs::path last_pass_, mix_;
};

// Writes documents, and their tokens where they are asked for.
class ShardWriter {
 public:
  ShardWriter(const WriteOptions& options, const fs::path& folder)
      : shard_(options.format->open(folder / ("documents" + options.format->extension),
                                    options.level)) {
    if (!options.tokenizer.empty()) tokens_.emplace(options.tokenizer, folder);
  }

  void add(const Document& document) {
    shard_->add(document);
    if (tokens_) tokens_->add(document);
    figures_.sources[document.source].add(document);
    entry_of(figures_.languages, document.language).add(document);
    entry_of(figures_.licences[document.source], document.licence).add(document);
    ++figures_.records;
  }

  Json commit() {
    shard_->commit();
    Json done = figures_.to_json();
    if (tokens_) done["tokens"] = tokens_->commit();
    return done;
  }

 private:
  std::unique_ptr<DocumentShard> shard_;
  std::optional<TokenShardWriter> tokens_;
  PassFigures figures_;
};

class Write : public Stage {
 public:
  Write(const CurateRecipe& recipe, fs::path deal) : recipe_(recipe), deal_(std::move(deal)) {}
  std::string name() const override { return "write"; }
  size_t tasks() const override { return tasks_written(recipe_); }
  int64_t work(size_t) const override { return 1; }
  Json settings() const override {
    return {{"format", recipe_.write.format->name},
            {"level", recipe_.write.level},
            {"tokenizer",
             recipe_.write.tokenizer.empty() ? Json() : tokenizer_stamps(recipe_.write.tokenizer)}};
  }

  Json run(size_t task, const TaskContext& context) const override {
    ShardWriter writer(recipe_.write, context.folder);
    const std::vector<fs::path> dealt = Layout::files(deal_, recipe_.shards.size(), "out.bundle");
    const uint64_t bytes = received_bytes(dealt, task);
    if (!recipe_.mix.shuffle) {  // they come in order
      receive(dealt, task, [&](std::string_view section) {
        for_each_dealt(section, [&](uint64_t, std::string_view one) { add(one, writer); });
      });
    } else if (bytes <= 2 * context.share()) {
      write_in_order(dealt, task, bytes, writer);
    } else {
      write_in_slices(dealt, task, bytes, context, writer);
    }
    context.advance({1});
    return writer.commit();
  }

 private:
  void add(std::string_view dealt, ShardWriter& writer) const {
    writer.add(stored_document(dealt.substr(sizeof(uint64_t)), deal_.string()));
  }

  // What fits into memory. Equal keys stay in the order in which they were dealt.
  void write_in_order(const std::vector<fs::path>& bundles, size_t partition, uint64_t bytes,
                      ShardWriter& writer) const {
    std::string all;
    all.reserve(bytes);
    std::vector<std::pair<uint64_t, size_t>> places;  // key, where it starts
    receive(bundles, partition, [&](std::string_view section) {
      for_each_dealt(section, [&](uint64_t key, std::string_view dealt) {
        places.emplace_back(key, all.size());
        all += dealt;
      });
    });
    std::sort(places.begin(), places.end());
    for (const auto& [key, start] : places) add(std::string_view(all).substr(start), writer);
  }

  // Cuts the shard by ranges of its keys, which are hashes, into slices that fit. Each shard is
  // such a range itself.
  void write_in_slices(const std::vector<fs::path>& dealt, size_t task, uint64_t bytes,
                       const TaskContext& context, ShardWriter& writer) const {
    const size_t slices = bytes / context.share() + 1, train = train_shards(recipe_);
    const size_t shards = task < train ? train : validation_shards(recipe_);
    const fs::path path = context.folder / "slices.bundle";
    Outbox out(slices, path, context.share());
    receive(dealt, task, [&](std::string_view section) {
      for_each_dealt(section, [&](uint64_t key, std::string_view one) {
        out.send_bytes(partition_of(key, shards * slices) % slices, one);
      });
    });
    out.commit();
    for (size_t i = 0; i < slices; ++i) {
      write_in_order({path}, i, received_bytes({path}, i), writer);
    }
    fs::remove(path);
  }

  const CurateRecipe& recipe_;
  fs::path deal_;
};

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

}  // namespace

Dealt deal_document(const CurateRecipe& recipe, uint64_t ordinal, double rate,
                    const std::function<Document()>& document) {
  const int64_t copies = copies_of(recipe, ordinal, rate);
  if (copies == 0 || recipe.mix.validation == 0 || !is_held_out(recipe, document())) {
    return {copies, false};
  }
  return {1, true};
}

std::unique_ptr<Stage> make_deal(const CurateRecipe& recipe, fs::path last_pass, fs::path mix) {
  return std::make_unique<Deal>(recipe, std::move(last_pass), std::move(mix));
}

std::unique_ptr<Stage> make_write(const CurateRecipe& recipe, fs::path deal) {
  return std::make_unique<Write>(recipe, std::move(deal));
}

}  // namespace fundi::curate
