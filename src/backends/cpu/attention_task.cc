#include "backends/cpu/attention_task.h"

namespace fundi::cpu {
namespace {

// Rows of one task: enough that arranging the keys for the products costs little.
constexpr int64_t kTaskRows = 192;
// Where one task has all rows of a group (decoding), the keys are split: a task is at least as
// many.
constexpr int64_t kTaskKeys = 512;
constexpr int64_t kMaxSplits = 32;

}  // namespace

HeadRows::HeadRows(const Tensor& t, int64_t token, int64_t head, int64_t heads, int64_t elements)
    : dtype(t.dtype()),
      width(elements),
      group(heads),
      token_bytes(static_cast<int64_t>(byte_size(t.dtype(), t.dim(1) * t.dim(2)))),
      head_bytes(static_cast<int64_t>(byte_size(t.dtype(), t.dim(2)))) {
  data = static_cast<std::byte*>(t.raw()) + token * token_bytes + head * head_bytes;
}

std::vector<AttentionGroup> attention_groups(const Tensor& q, const Tensor& k, const Tensor& v,
                                             const std::vector<ops::AttentionSegment>& segments,
                                             const ops::AttentionMask& mask) {
  std::vector<AttentionGroup> groups;
  for (const ops::AttentionSegment& s : segments) {
    if (s.q_count == 0) continue;
    const Tensor& keys = s.k.defined() ? s.k : k;
    const Tensor& values = s.k.defined() ? s.v : v;
    for (int64_t g = 0; g < keys.dim(1); ++g) {
      groups.push_back({.q_begin = s.q_begin,
                        .q_count = s.q_count,
                        .k_begin = s.k_begin,
                        .k_count = s.k_count,
                        .kv_head = g,
                        .heads = q.dim(1) / keys.dim(1),
                        .window = mask.window,
                        .k = &keys,
                        .v = values.defined() ? &values : &keys});
    }
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const AttentionGroup& a, const AttentionGroup& b) {
                     return a.rows() * a.k_count > b.rows() * b.k_count;
                   });
  return groups;
}

ForwardPlan::ForwardPlan(const std::vector<AttentionGroup>& groups) {
  for (const AttentionGroup& group : groups) {
    const int64_t rows = group.rows();
    // The last rows first: they see most keys.
    for (int64_t row = (rows - 1) / kTaskRows * kTaskRows; row >= 0; row -= kTaskRows) {
      const int64_t end = std::min(rows, row + kTaskRows);
      const int64_t keys = group.key_begin(row), keys_end = group.key_end(end - 1);
      const int64_t splits =
          rows <= kTaskRows ? std::clamp<int64_t>((keys_end - keys) / kTaskKeys, 1, kMaxSplits) : 1;
      const int64_t each = (keys_end - keys + splits - 1) / splits;
      if (splits > 1) merges.push_back({tasks.size(), static_cast<size_t>(splits)});
      for (int64_t i = 0; i < splits; ++i) {
        tasks.push_back({.group = &group,
                         .row_begin = row,
                         .row_end = end,
                         .key_begin = keys + i * each,
                         .key_end = std::min(keys_end, keys + (i + 1) * each),
                         .partial = splits > 1 ? partial_rows : -1});
        if (splits > 1) partial_rows += rows;
      }
    }
  }
}

}  // namespace fundi::cpu
