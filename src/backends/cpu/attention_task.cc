#include "backends/cpu/attention_task.h"

namespace fundi::cpu {
namespace {

// Rows of one task: enough that arranging the keys for the products costs little.
constexpr int64_t kTaskRows = 192;
// Where that is all rows of a group (decoding) and the keys are many, the keys are split instead: a
// task has at least so many, of heads that together are so wide, because memory gives long
// contiguous reads several times faster than one head's rows.
constexpr int64_t kTaskKeys = 256;
constexpr int64_t kMaxSplits = 64;
constexpr int64_t kTaskWidth = 2048;

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

ForwardPlan::ForwardPlan(const std::vector<AttentionGroup>& groups, int64_t key_width,
                         int64_t value_width) {
  const int64_t together = std::max<int64_t>(1, kTaskWidth / (key_width + value_width));
  for (size_t i = 0; i < groups.size();) {
    const AttentionGroup& first = groups[i];
    const int64_t keys = first.k_count - first.key_begin(0);
    if (first.rows() > kTaskRows || keys < 2 * kTaskKeys) {
      add_rows(groups[i++]);
      continue;
    }
    const int64_t count = std::min(together, first.k->dim(1) - first.kv_head);
    add_keys(&first, count);
    i += static_cast<size_t>(count);
  }
}

// The last rows first: they see most keys.
void ForwardPlan::add_rows(const AttentionGroup& group) {
  const int64_t rows = group.rows();
  for (int64_t row = (rows - 1) / kTaskRows * kTaskRows; row >= 0; row -= kTaskRows) {
    const int64_t end = std::min(rows, row + kTaskRows);
    tasks.push_back({.groups = &group,
                     .group_count = 1,
                     .row_begin = row,
                     .row_end = end,
                     .key_begin = group.key_begin(row),
                     .key_end = group.key_end(end - 1),
                     .partial = -1});
  }
}

void ForwardPlan::add_keys(const AttentionGroup* groups, int64_t count) {
  const int64_t begin = groups->key_begin(0), keys = groups->k_count - begin;
  const int64_t splits = std::min(keys / kTaskKeys, kMaxSplits);
  merges.push_back({tasks.size(), static_cast<size_t>(splits)});
  for (int64_t i = 0; i < splits; ++i) {
    tasks.push_back({.groups = groups,
                     .group_count = count,
                     .row_begin = 0,
                     .row_end = groups->rows(),
                     .key_begin = begin + keys * i / splits,
                     .key_end = begin + keys * (i + 1) / splits,
                     .partial = partial_rows});
    partial_rows += groups->rows() * count;
  }
}

}  // namespace fundi::cpu
