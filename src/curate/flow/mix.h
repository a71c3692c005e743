#pragma once

#include <memory>
#include <vector>

#include "curate/flow/figures.h"
#include "curate/flow/recipe.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// How often each document of a source is written: `rate` 2.25 means twice, and a quarter of them
// once more.
struct SourceShare {
  std::string source;
  int64_t available = 0;  // bytes of text
  int64_t target = 0;
  double rate = 0;
  std::string bound;  // what kept it from more: "epochs", "budget", "weight", "total", or nothing
};

// From what there is and what the recipe asks for. With weights (or a temperature) the sources
// stand in that proportion, and the total is as large as the epochs and budgets of all allow,
// unless less is given. `tokens_per_byte`, by source, is for amounts of tokens:
// the stage takes it from a sample.
std::vector<SourceShare> share_out(const CurateRecipe& recipe, const PassFigures& figures,
                                   const std::vector<double>& tokens_per_byte = {});

// The stages that make the corpus of what the last pass left: "mix" (one task) shares out, "deal"
// (a task a shard) sends each copy of each document to an output shard, "write" (a task an output
// shard) orders and writes them. `folder` is a stage's own.
std::unique_ptr<Stage> make_mix(const CurateRecipe& recipe, fs::path last_pass);
std::unique_ptr<Stage> make_deal(const CurateRecipe& recipe, fs::path last_pass, fs::path mix);
std::unique_ptr<Stage> make_write(const CurateRecipe& recipe, fs::path deal);

// Output shards for training, and after them those for validation.
size_t train_shards(const CurateRecipe& recipe);
size_t validation_shards(const CurateRecipe& recipe);

}  // namespace fundi::curate
