#pragma once

#include <vector>

#include "ops/attention.h"

namespace fundi::cpu {

inline int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

struct AttentionShape {
  int64_t heads, kv_heads, head_dim, value_dim;
  int64_t padded_dim, padded_value;  // rounded up to SmallGemm::kPad
  int64_t q_rows;
  int64_t k_stride, v_stride;  // elements from a row to the next one of the same head
  int64_t group() const { return heads / kv_heads; }
  int64_t q_stride() const { return heads * head_dim; }
  int64_t out_stride() const { return heads * value_dim; }
};

// The work of one thread at a time: one segment, one key-value head and the query heads that share
// it. Tasks write to disjoint rows and columns, so their order does not matter.
struct AttentionTask {
  AttentionShape shape;
  int64_t q_begin, q_count, k_count;
  int64_t first_head;
  int64_t k_offset, v_offset;  // elements from the start of the tensors to `k` and `v`
  const void* k;               // first key row of this key-value head, in the stored dtype
  const void* v;
};

// Longest segments first, for an even load.
std::vector<AttentionTask> attention_tasks(const Tensor& q, const Tensor& k, const Tensor& v,
                                           const Tensor& out,
                                           const std::vector<ops::AttentionSegment>& segments);

// Working memory of one thread, linear in the number of keys; kept from call to call.
class AttentionScratch {
 public:
  static AttentionScratch& mine();
  void reserve_forward(const AttentionShape& shape, int64_t keys, int64_t query_block,
                       int64_t key_block);
  void reserve_backward(const AttentionShape& shape, int64_t keys, int64_t query_block,
                        int64_t key_block);
  void reserve_few(const AttentionShape& shape, int64_t keys, int64_t rows);

  float *rows = nullptr, *keys = nullptr, *values = nullptr, *values_t = nullptr;
  float *query = nullptr, *out = nullptr, *scores = nullptr, *highest = nullptr, *sum = nullptr;
  float *dout = nullptr, *dscores = nullptr, *dquery = nullptr, *dkeys = nullptr,
        *dvalues = nullptr;

 private:
  struct Piece {
    float** pointer;
    int64_t elements;
  };
  void lay_out(std::initializer_list<Piece> pieces);
  std::vector<float> memory_;
};

}  // namespace fundi::cpu
