#include "curate/flow/mix.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "curate/flow/batches.h"
#include "curate/flow/task.h"
#include "curate/flow/task_folder.h"
#include "curate/flow/token_shard.h"

namespace fundi::curate {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// One source on its way to its share. Bytes of text.
struct Wish {
  double available, cap;  // what there is; what epochs and budget allow of it
  double weight = 0;
  double tokens_per_byte = 0;
  bool by_budget = false;
};

Wish wish_of(const MixOptions::Share& share, double available, double tokens_per_byte) {
  const double by_epochs = available * share.epochs;
  double budget = share.budget.number > 0 ? share.budget.number : kInfinity;
  if (share.budget.tokens && tokens_per_byte > 0) budget /= tokens_per_byte;
  return {.available = available,
          .cap = std::min(by_epochs, budget),
          .tokens_per_byte = tokens_per_byte,
          .by_budget = budget < by_epochs};
}

// Fractions that sum to one. Without weights sources stand as their caps do. Of what nothing is
// left there is no share to keep free.
void set_weights(const MixOptions& mix, std::vector<Wish>& wishes) {
  double sum = 0;
  for (size_t i = 0; i < wishes.size(); ++i) {
    Wish& wish = wishes[i];
    const double given = mix.shares[i].weight;
    if (wish.available == 0) continue;
    wish.weight = mix.temperature > 0 ? std::pow(wish.available, 1 / mix.temperature)
                  : given >= 0        ? given
                                      : wish.cap;
    sum += wish.weight;
  }
  for (Wish& wish : wishes) wish.weight = sum > 0 ? wish.weight / sum : 0;
}

// As much as all caps allow in that proportion.
double attainable(const std::vector<Wish>& wishes) {
  double total = kInfinity;
  for (const Wish& wish : wishes) {
    if (wish.weight > 0) total = std::min(total, wish.cap / wish.weight);
  }
  return total == kInfinity ? 0 : total;
}

double asked_for(const Amount& total, const std::vector<Wish>& wishes) {
  if (total.number == 0) return kInfinity;
  if (!total.tokens) return total.number;
  double tokens_per_byte = 0;
  for (const Wish& wish : wishes) tokens_per_byte += wish.weight * wish.tokens_per_byte;
  return tokens_per_byte > 0 ? total.number / tokens_per_byte : kInfinity;
}

// No more than the cap, and that exactly where only rounding is between them.
double target_of(const Wish& wish, double total) {
  constexpr double kRounding = 1e-9;
  const double share = total * wish.weight;
  return share < wish.cap * (1 - kRounding) ? share : wish.cap;
}

// What keeps a source from more.
std::string bound_of(const Wish& wish, double epochs, double target, bool by_total) {
  if (target < wish.cap) return by_total ? "total" : "weight";
  if (wish.by_budget) return "budget";
  return epochs != 1 ? "epochs" : "";
}

// At most so many, evenly over the whole.
std::vector<fs::path> spread(const std::vector<fs::path>& all, size_t most) {
  std::vector<fs::path> some;
  const size_t n = std::min(all.size(), most);
  for (size_t i = 0; i < n; ++i) some.push_back(all[i * all.size() / n]);
  return some;
}

// The tasks of the last pass that have left anything of a source.
std::vector<fs::path> tasks_with(const CurateRecipe& recipe, const fs::path& last_pass,
                                 size_t source) {
  std::vector<fs::path> tasks;
  for (size_t i = 0; i < recipe.shards.size(); ++i) {
    if (recipe.shards[i].source != source) continue;
    const fs::path task = Layout::task(last_pass, i);
    const Json done = read_done(task);
    if (!done.is_null() && !done.at("sources").empty()) tasks.push_back(task);
  }
  return tasks;
}

// Of a source, by what the last pass has left of it, here and there.
double measure_tokens(const CurateRecipe& recipe, const fs::path& last_pass, size_t source,
                      const TokenCounter& counter) {
  constexpr size_t kShards = 8, kBatches = 4;
  constexpr uint64_t kBytes = 250'000;  // of a batch
  uint64_t bytes = 0, tokens = 0;
  const auto count = [&](const fs::path& batch) {
    const uint64_t enough = bytes + kBytes;
    for_each_document(batch, [&](const Document& document) {
      if (bytes >= enough) return;
      bytes += document.text.size();
      tokens += counter.count(document);
    });
  };
  for (const fs::path& task : spread(tasks_with(recipe, last_pass, source), kShards)) {
    const std::vector<fs::path> batches = batches_of(task);
    const uint64_t before = bytes;
    for (const fs::path& batch : spread(batches, kBatches)) count(batch);
    // All that is left may stand in the others.
    for (size_t i = 0; i < batches.size() && bytes == before; ++i) count(batches[i]);
  }
  return bytes > 0 ? static_cast<double>(tokens) / static_cast<double>(bytes) : 0;
}

class Mix : public Stage {
 public:
  Mix(const CurateRecipe& recipe, fs::path last_pass)
      : recipe_(recipe), last_pass_(std::move(last_pass)) {}
  std::string name() const override { return "mix"; }
  size_t tasks() const override { return 1; }
  int64_t work(size_t) const override { return 1; }
  Json settings() const override {
    const bool tokens = recipe_.mix.counts_tokens();
    return {{"mix", recipe_.json.value("mix", Json())},
            {"shards", recipe_.write.shards},
            {"tokenizer", tokens ? tokenizer_stamps(recipe_.write.tokenizer) : Json()}};
  }
  Json run(size_t, const TaskContext& context) const override {
    PassFigures figures;
    for (size_t i = 0; i < recipe_.shards.size(); ++i) {
      const Json done = read_done(Layout::task(last_pass_, i));
      if (!done.is_null()) figures.merge(PassFigures::from_json(done, last_pass_.string()));
    }
    Json shares = Json::array();
    for (const SourceShare& share : share_out(recipe_, figures, tokens_per_byte())) {
      shares.push_back({{"source", share.source},
                        {"available", share.available},
                        {"target", share.target},
                        {"rate", share.rate},
                        {"bound", share.bound}});
    }
    context.advance({1});
    return shares;
  }

 private:
  std::vector<double> tokens_per_byte() const {
    if (!recipe_.mix.counts_tokens()) return {};
    const TokenCounter counter(recipe_.write.tokenizer);
    std::vector<double> all;
    for (size_t i = 0; i < recipe_.sources.size(); ++i) {
      all.push_back(measure_tokens(recipe_, last_pass_, i, counter));
    }
    return all;
  }

  const CurateRecipe& recipe_;
  fs::path last_pass_;
};

}  // namespace

std::vector<SourceShare> share_out(const CurateRecipe& recipe, const PassFigures& figures,
                                   const std::vector<double>& tokens_per_byte) {
  const MixOptions& mix = recipe.mix;
  std::vector<Wish> wishes;
  for (size_t i = 0; i < recipe.sources.size(); ++i) {
    const auto found = figures.sources.find(recipe.sources[i].name);
    const int64_t bytes = found == figures.sources.end() ? 0 : found->second.bytes;
    wishes.push_back(wish_of(mix.shares[i], static_cast<double>(bytes),
                             tokens_per_byte.empty() ? 0 : tokens_per_byte[i]));
  }
  set_weights(mix, wishes);
  const double most = attainable(wishes), asked = asked_for(mix.total, wishes);
  const double total = std::min(most, asked);
  std::vector<SourceShare> shares;
  for (size_t i = 0; i < wishes.size(); ++i) {
    const Wish& wish = wishes[i];
    const double target = target_of(wish, total);
    shares.push_back({.source = recipe.sources[i].name,
                      .available = static_cast<int64_t>(wish.available),
                      .target = std::llround(target),
                      .rate = wish.available > 0 ? target / wish.available : 0,
                      .bound = bound_of(wish, mix.shares[i].epochs, target, asked < most)});
  }
  return shares;
}

std::unique_ptr<Stage> make_mix(const CurateRecipe& recipe, fs::path last_pass) {
  return std::make_unique<Mix>(recipe, std::move(last_pass));
}

size_t train_shards(const CurateRecipe& recipe) { return static_cast<size_t>(recipe.write.shards); }

size_t validation_shards(const CurateRecipe& recipe) {
  const double shards = static_cast<double>(recipe.write.shards) * recipe.mix.validation;
  return recipe.mix.validation > 0 ? static_cast<size_t>(std::ceil(shards)) : 0;
}

}  // namespace fundi::curate
