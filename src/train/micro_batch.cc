#include "train/micro_batch.h"

#include <limits>

#include "base/error.h"

namespace fundi::train {

MicroBatch make_micro_batch(const data::TokenRows& rows, const data::Packing& packing,
                            std::span<const int32_t> bins) {
  MicroBatch batch;
  std::vector<std::span<const int32_t>> documents;
  int64_t begin = 0;
  for (const int32_t bin : bins) {
    for (const data::Piece& piece : packing.bin(bin)) {
      const std::span<const int32_t> tokens = rows.tokens(piece);
      if (begin + piece.count > std::numeric_limits<int32_t>::max()) {
        fail(ErrorCode::kInvalidArgument,
             "per_device_train_batch_size * max_length exceeds 2^31 tokens; lower one of them");
      }
      rows.each_target(piece, [&](int32_t position) {
        batch.rows.push_back(static_cast<int32_t>(begin) + position - 1);
        batch.targets.push_back(tokens[static_cast<size_t>(position)]);
      });
      documents.push_back(tokens);
      begin += piece.count;
    }
  }
  batch.input = models::Batch::of_documents(documents);
  return batch;
}

int64_t count_targets(const data::TokenRows& rows, const data::Packing& packing,
                      std::span<const int32_t> bins) {
  int64_t count = 0;
  for (const int32_t bin : bins) {
    for (const data::Piece& piece : packing.bin(bin)) count += rows.target_count(piece);
  }
  return count;
}

}  // namespace fundi::train
