#include <limits>

#include "base/error.h"
#include "models/model.h"

namespace fundi::models {
namespace {

// Lays `documents` end to end; document i continues after past(i) earlier tokens.
template <typename Past>
Batch lay_out(const std::vector<std::span<const int32_t>>& documents, const Past& past) {
  int64_t total = 0;
  auto segments = std::make_shared<std::vector<ops::AttentionSegment>>();
  segments->reserve(documents.size());
  for (size_t i = 0; i < documents.size(); ++i) {
    const auto count = static_cast<int64_t>(documents[i].size());
    const int64_t before = past(i);
    if (count == 0) fail(ErrorCode::kInvalidArgument, "document {} of the batch is empty", i);
    if (before + count > std::numeric_limits<int32_t>::max()) {
      fail(ErrorCode::kInvalidArgument, "document {} of the batch is too long", i);
    }
    segments->push_back(
        {.q_begin = total, .q_count = count, .k_begin = total, .k_count = count, .k = {}, .v = {}});
    total += count;
  }
  Batch batch{.ids = Tensor({total}, DType::kI32),
              .positions = Tensor({total}, DType::kI32),
              .segments = nullptr,
              .caches = {}};
  int32_t* ids = batch.ids.data<int32_t>();
  int32_t* positions = batch.positions.data<int32_t>();
  for (size_t i = 0; i < documents.size(); ++i) {
    auto position = static_cast<int32_t>(past(i));
    for (const int32_t id : documents[i]) {
      *ids++ = id;
      *positions++ = position++;
    }
  }
  batch.segments = std::move(segments);
  return batch;
}

}  // namespace

Batch Batch::of_documents(const std::vector<std::span<const int32_t>>& documents) {
  return lay_out(documents, [](size_t) { return int64_t{0}; });
}

Batch Batch::continuing(const std::vector<std::span<const int32_t>>& tokens,
                        const std::vector<KvCache*>& caches) {
  if (tokens.size() != caches.size()) {
    fail(ErrorCode::kInvalidArgument, "a batch of {} sequences has {} caches", tokens.size(),
         caches.size());
  }
  Batch batch = lay_out(tokens, [&caches](size_t i) { return caches[i]->length(); });
  auto segments = *batch.segments;
  for (size_t i = 0; i < segments.size(); ++i) {
    segments[i].k_begin = 0;
    segments[i].k_count = caches[i]->length() + segments[i].q_count;
  }
  batch.segments = std::make_shared<const std::vector<ops::AttentionSegment>>(std::move(segments));
  batch.caches = caches;
  return batch;
}

}  // namespace fundi::models
