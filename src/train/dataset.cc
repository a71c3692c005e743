#include "train/dataset.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

namespace fundi::train {
namespace {

// Apart from the sampler's streams, which are the epochs.
constexpr uint64_t kHoldOutStream = ~uint64_t{0};

std::string joined(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> names;
  for (const auto& path : paths) names.push_back(path.string());
  return fmt::format("{}", fmt::join(names, ", "));
}

// Which of `count` rows are held out, in the order of the rows.
std::vector<bool> hold_out(int64_t count, double fraction, uint64_t seed) {
  std::vector<bool> held(static_cast<size_t>(count), false);
  if (fraction <= 0) return held;
  if (count < 2) {
    fail(ErrorCode::kInvalidArgument,
         "eval_fraction: there is one row of data only; give 'eval_data' instead");
  }
  const auto wanted = std::llround(fraction * static_cast<double>(count));
  const auto take = static_cast<size_t>(std::clamp<int64_t>(wanted, 1, count - 1));
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Random random(seed, kHoldOutStream);
  shuffle(std::span(order), random);
  for (size_t i = 0; i < take; ++i) held[static_cast<size_t>(order[i])] = true;
  return held;
}

// Sequences without anything to learn (the last of a corpus, one token long) are left out.
data::Packing pack_rows(const Objective& objective, const TrainOptions& options,
                        const data::TokenRows& rows, std::span<const data::PackItem> items) {
  const data::Packing packed = objective.pack(items, options);
  data::Packing kept;
  for (int64_t i = 0; i < packed.size(); ++i) {
    const auto pieces = packed.bin(i);
    const bool learns = std::any_of(pieces.begin(), pieces.end(), [&](const data::Piece& piece) {
      return rows.target_count(piece) > 0;
    });
    if (!learns) continue;
    for (const data::Piece& piece : pieces) kept.add(piece);
    kept.close();
  }
  return kept;
}

uint64_t mixed(uint64_t hash, const data::Packing& packing) {
  for (int64_t i = 0; i < packing.size(); ++i) {
    for (const data::Piece& piece : packing.bin(i)) {
      hash = Random::mix(hash ^ static_cast<uint64_t>(piece.row));
      hash = Random::mix(hash ^ static_cast<uint64_t>(piece.begin) << 32 ^
                         static_cast<uint64_t>(piece.count));
    }
    hash = Random::mix(hash + 1);
  }
  return hash;
}

void report(const Dataset& dataset, const TrainOptions& options) {
  if (dataset.truncated_rows > 0) {
    spdlog::warn("{} of {} rows were cut to max_length {}", format_count(dataset.truncated_rows),
                 format_count(dataset.rows.size()), options.max_length);
  }
  if (dataset.empty_rows > 0) {
    spdlog::warn("{} rows with nothing to learn were left out", format_count(dataset.empty_rows));
  }
  spdlog::info("{} rows, {} tokens, {} sequences of up to {} tokens",
               format_count(dataset.rows.size()), format_count(dataset.rows.token_count()),
               format_count(dataset.train.size()), options.max_length);
}

}  // namespace

Dataset load_dataset(const TrainOptions& options, const Objective& objective,
                     const text::Tokenizer& tokenizer) {
  const data::RowEncoder encoder = [&](const Json& row) {
    return objective.encode(row, tokenizer, options);
  };
  const data::ReadTokenRowsOptions reading{
      .max_length = objective.truncates_rows ? options.max_length : 0,
      .skip_empty = objective.skips_empty_rows};
  Dataset dataset;
  const auto read = [&](const std::vector<std::filesystem::path>& files) {
    const auto counts = data::read_token_rows(files, encoder, reading, dataset.rows);
    dataset.truncated_rows += counts.truncated;
    dataset.empty_rows += counts.empty;
  };
  read(options.data);
  const int64_t own = dataset.rows.size();
  if (own == 0) {
    fail(ErrorCode::kInvalidArgument, "{}: no row to train on; is the file empty?",
         joined(options.data));
  }
  std::vector<bool> held = hold_out(own, options.eval_fraction, options.seed);
  read(options.eval_data);
  if (!options.eval_data.empty() && dataset.rows.size() == own) {
    fail(ErrorCode::kInvalidArgument, "{}: no row to evaluate on; is the file empty?",
         joined(options.eval_data));
  }
  held.resize(static_cast<size_t>(dataset.rows.size()), true);
  std::vector<data::PackItem> train, eval;
  for (int64_t row = 0; row < dataset.rows.size(); ++row) {
    auto& items = held[static_cast<size_t>(row)] ? eval : train;
    items.push_back({.row = row, .length = static_cast<int32_t>(dataset.rows.tokens(row).size())});
  }
  dataset.train = pack_rows(objective, options, dataset.rows, train);
  dataset.eval = pack_rows(objective, options, dataset.rows, eval);
  dataset.fingerprint = mixed(mixed(dataset.rows.fingerprint(), dataset.train), dataset.eval);
  report(dataset, options);
  return dataset;
}

}  // namespace fundi::train
