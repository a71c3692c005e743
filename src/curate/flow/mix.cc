#include "curate/flow/mix.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "curate/flow/task.h"

namespace fundi::curate {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double cap_of(const MixOptions::Share& share, double available) {
  const double by_epochs = available * share.epochs;
  return share.budget == 0 ? by_epochs : std::min(by_epochs, static_cast<double>(share.budget));
}

// Fractions that sum to one, or nothing where every source is taken as it is.
std::vector<double> weights_of(const CurateRecipe& recipe,
                               const std::vector<SourceShare>& sources) {
  const MixOptions& mix = recipe.mix;
  std::vector<double> weights;
  size_t given = 0;
  for (size_t i = 0; i < sources.size(); ++i) {
    const double weight = mix.shares[i].weight;
    given += weight >= 0;
    const auto available = static_cast<double>(sources[i].available);
    weights.push_back(mix.temperature > 0 ? std::pow(available, 1 / mix.temperature) : weight);
  }
  if (mix.temperature > 0 && given > 0) {
    fail(ErrorCode::kInvalidArgument, "{}: mix: give weights or a temperature, not both",
         recipe.origin);
  }
  if (mix.temperature <= 0 && given == 0) return {};
  if (mix.temperature <= 0 && given < sources.size()) {
    fail(ErrorCode::kInvalidArgument,
         "{}: mix.sources: {} of {} sources have a weight; give every source one", recipe.origin,
         given, sources.size());
  }
  double sum = 0;
  for (const double weight : weights) sum += weight;
  if (!(sum > 0)) fail(ErrorCode::kInvalidArgument, "{}: mix: all weights are 0", recipe.origin);
  for (double& weight : weights) weight /= sum;
  return weights;
}

class Mix : public Stage {
 public:
  Mix(const CurateRecipe& recipe, fs::path last_pass)
      : recipe_(recipe), last_pass_(std::move(last_pass)) {}
  std::string name() const override { return "mix"; }
  size_t tasks() const override { return 1; }
  int64_t work(size_t) const override { return 1; }
  Json settings() const override {
    return {{"mix", recipe_.json.value("mix", Json())}, {"shards", recipe_.write.shards}};
  }
  Json run(size_t, const TaskContext& context) const override {
    PassFigures figures;
    for (size_t i = 0; i < recipe_.shards.size(); ++i) {
      const Json done = read_done(Layout::task(last_pass_, i));
      if (!done.is_null()) figures.merge(PassFigures::from_json(done, last_pass_.string()));
    }
    Json shares = Json::array();
    for (const SourceShare& share : share_out(recipe_, figures)) {
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
  const CurateRecipe& recipe_;
  fs::path last_pass_;
};

}  // namespace

std::vector<SourceShare> share_out(const CurateRecipe& recipe, const PassFigures& figures) {
  std::vector<SourceShare> shares;
  for (const Source& source : recipe.sources) {
    const auto found = figures.sources.find(source.name);
    const int64_t bytes = found == figures.sources.end() ? 0 : found->second.bytes;
    shares.push_back({.source = source.name, .available = bytes, .bound = ""});
  }
  const std::vector<double> weights = weights_of(recipe, shares);
  double total = recipe.mix.total > 0 ? static_cast<double>(recipe.mix.total) : kInfinity;
  for (size_t i = 0; i < weights.size() && recipe.mix.total == 0; ++i) {
    if (weights[i] <= 0) continue;
    const auto available = static_cast<double>(shares[i].available);
    total = std::min(total, cap_of(recipe.mix.shares[i], available) / weights[i]);
  }
  double all = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    all += cap_of(recipe.mix.shares[i], static_cast<double>(shares[i].available));
  }
  for (size_t i = 0; i < shares.size(); ++i) {
    SourceShare& share = shares[i];
    const MixOptions::Share& wish = recipe.mix.shares[i];
    const auto available = static_cast<double>(share.available);
    const double cap = cap_of(wish, available);
    double target = cap;
    if (!weights.empty()) {
      target = std::min(cap, total * weights[i]);
    } else if (total < all) {
      target = cap * total / all;  // in the proportion in which they stand
    }
    share.target = static_cast<int64_t>(target);
    share.rate = available > 0 ? target / available : 0;
    if (target < available) share.bound = target < cap ? "weight" : "budget";
    if (target == cap && wish.epochs != 1) share.bound = wish.budget > 0 ? "budget" : "epochs";
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
