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
  // The group's rows in a tensor of the layout of q or out, and in one of the layout of k or v
  // (those of the following key-value heads too, if asked for).
  HeadRows query_rows(const Tensor& t) const {
    return HeadRows(t, q_begin, kv_head * heads, heads, t.dim(2));
  }
  HeadRows key_rows(const Tensor& t, int64_t width, int64_t kv_heads = 1) const {
    return HeadRows(t, k_begin, kv_head, kv_heads, width);
  }
};

// Most work first, for an even load; the groups of one segment follow one another.
std::vector<AttentionGroup> attention_groups(const Tensor& q, const Tensor& k, const Tensor& v,
                                             const std::vector<ops::AttentionSegment>& segments,
                                             const ops::AttentionMask& mask);

// The work of one thread at a time in the forward pass: some rows of each of some groups of one
// segment against some of their keys. Results that are to be merged with those of other tasks are
// at `partial`, counted in rows of all such results.
struct ForwardTask {
  const AttentionGroup* groups;
  int64_t group_count;
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
  ForwardPlan(const std::vector<AttentionGroup>& groups, int64_t key_width, int64_t value_width);
  std::vector<ForwardTask> tasks;
  std::vector<ForwardMerge> merges;
  int64_t partial_rows = 0;

 private:
  void add_rows(const AttentionGroup& group);
  void add_keys(const AttentionGroup* groups, int64_t count);
};

}  // namespace fundi::cpu
