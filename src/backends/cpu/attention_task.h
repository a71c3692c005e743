#pragma once

#include <algorithm>
#include <vector>

#include "ops/attention.h"

namespace fundi::cpu {

inline int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Rows of one or several heads in a tensor [N,H,W]: row r is head r % group of the group's, at
// token r / group, and has `width` elements of `dtype`.
struct HeadRows {
  HeadRows(const Tensor& t, int64_t token, int64_t head, int64_t heads, int64_t elements);
  std::byte* row(int64_t r) const {
    return data + r / group * token_bytes + r % group * head_bytes;
  }

  std::byte* data;
  DType dtype;
  int64_t width, group, token_bytes, head_bytes;
};

// One segment, one key-value head and the query heads that share it. Its query rows are numbered
// token by token, the heads of one token together; its keys from the segment's first.
struct AttentionGroup {
  int64_t q_begin, q_count, k_begin, k_count;
  int64_t kv_head, heads;
  int64_t window;  // 0: none
  const Tensor *k, *v;

  int64_t rows() const { return q_count * heads; }
  int64_t token(int64_t row) const { return q_begin + row / heads; }
  int64_t head(int64_t row) const { return kv_head * heads + row % heads; }
  // The keys that a row sees: [key_begin, key_end), never fewer than one.
  int64_t key_end(int64_t row) const { return k_count - q_count + row / heads + 1; }
  int64_t key_begin(int64_t row) const {
    return window > 0 ? std::max<int64_t>(0, key_end(row) - window) : 0;
  }
  // The group's rows in a tensor of the layout of q or out, and in one of the layout of k or v.
  HeadRows query_rows(const Tensor& t) const {
    return HeadRows(t, q_begin, kv_head * heads, heads, t.dim(2));
  }
  HeadRows key_rows(const Tensor& t, int64_t width) const {
    return HeadRows(t, k_begin, kv_head, 1, width);
  }
};

// Most work first, for an even load.
std::vector<AttentionGroup> attention_groups(const Tensor& q, const Tensor& k, const Tensor& v,
                                             const std::vector<ops::AttentionSegment>& segments,
                                             const ops::AttentionMask& mask);

// The work of one thread at a time in the forward pass: some rows of a group against some of its
// keys. What it leaves to be merged with the results of the other keys' tasks, if anything, is at
// `partial`, counted in rows of all partial results.
struct ForwardTask {
  const AttentionGroup* group;
  int64_t row_begin, row_end, key_begin, key_end;
  int64_t partial;  // -1: all keys, the result is final
  int64_t rows() const { return row_end - row_begin; }
};
// Tasks [begin, begin + count) hold the partial results of the same rows.
struct ForwardMerge {
  size_t begin, count;
};
// Depends on shapes alone, so that the bits do not depend on the number of threads.
struct ForwardPlan {
  explicit ForwardPlan(const std::vector<AttentionGroup>& groups);
  std::vector<ForwardTask> tasks;
  std::vector<ForwardMerge> merges;
  int64_t partial_rows = 0;
};

}  // namespace fundi::cpu
