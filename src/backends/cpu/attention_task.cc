#include "backends/cpu/attention_task.h"

#include <algorithm>

#include "base/error.h"

namespace fundi::cpu {
namespace {

constexpr int64_t kPad = 16;

const std::byte* row_of(const Tensor& t, int64_t row, int64_t head) {
  const int64_t elements = (row * t.dim(1) + head) * t.dim(2);
  return static_cast<const std::byte*>(t.raw()) + byte_size(t.dtype(), elements);
}

}  // namespace

std::vector<AttentionTask> attention_tasks(const Tensor& q, const Tensor& k, const Tensor& v,
                                           const std::vector<ops::AttentionSegment>& segments) {
  std::vector<AttentionTask> tasks;
  for (const ops::AttentionSegment& s : segments) {
    if (s.q_count == 0) continue;
    const Tensor& keys = s.k.defined() ? s.k : k;
    const Tensor& values = s.v.defined() ? s.v : v;
    if (keys.dtype() != q.dtype() || values.dtype() != q.dtype()) {
      fail(ErrorCode::kUnsupported, "attention: q is {} but the keys are {}", name(q.dtype()),
           name(keys.dtype()));
    }
    const AttentionShape shape{.heads = q.dim(1),
                               .kv_heads = keys.dim(1),
                               .head_dim = q.dim(2),
                               .padded_dim = round_up(q.dim(2), kPad),
                               .q_rows = q.dim(0)};
    for (int64_t g = 0; g < shape.kv_heads; ++g) {
      tasks.push_back({.shape = shape,
                       .q_begin = s.q_begin,
                       .q_count = s.q_count,
                       .k_count = s.k_count,
                       .first_head = g * shape.group(),
                       .k_offset = (s.k_begin * shape.kv_heads + g) * shape.head_dim,
                       .k = row_of(keys, s.k_begin, g),
                       .v = row_of(values, s.k_begin, g)});
    }
  }
  std::stable_sort(tasks.begin(), tasks.end(), [](const AttentionTask& a, const AttentionTask& b) {
    return a.q_count * a.k_count > b.q_count * b.k_count;
  });
  return tasks;
}

AttentionScratch& AttentionScratch::mine() {
  static thread_local AttentionScratch scratch;
  return scratch;
}

void AttentionScratch::lay_out(std::initializer_list<Piece> pieces) {
  int64_t total = kPad;
  for (const Piece& piece : pieces) total += round_up(piece.elements + kPad, kPad);
  if (static_cast<int64_t>(memory_.size()) < total) {
    memory_.clear();
    memory_.resize(static_cast<size_t>(total));
  }
  const auto address = reinterpret_cast<uintptr_t>(memory_.data());
  auto* next = reinterpret_cast<float*>((address + 63) / 64 * 64);
  for (const Piece& piece : pieces) {
    *piece.pointer = next;
    next += round_up(piece.elements + kPad, kPad);
  }
}

void AttentionScratch::reserve_forward(const AttentionShape& shape, int64_t count,
                                       int64_t query_block, int64_t key_block) {
  const int64_t width = shape.padded_dim, padded_keys = round_up(count, kPad);
  lay_out({{&rows, count * width},
           {&keys, shape.head_dim * padded_keys},
           {&values, count * width},
           {&query, query_block * width},
           {&out, query_block * width},
           {&scores, query_block * key_block},
           {&highest, query_block},
           {&sum, query_block}});
}

void AttentionScratch::reserve_backward(const AttentionShape& shape, int64_t count,
                                        int64_t query_block, int64_t key_block) {
  const int64_t width = shape.padded_dim, padded_keys = round_up(count, kPad);
  lay_out({{&rows, count * width},
           {&keys, shape.head_dim * padded_keys},
           {&values_t, shape.head_dim * padded_keys},
           {&dkeys, count * width},
           {&dvalues, count * width},
           {&query, query_block * width},
           {&out, query_block * width},
           {&dout, query_block * width},
           {&dquery, query_block * width},
           {&scores, query_block * key_block},
           {&dscores, query_block * key_block},
           {&sum, query_block}});
}

void AttentionScratch::reserve_few(const AttentionShape& shape, int64_t count, int64_t queries) {
  lay_out({{&query, queries * shape.head_dim},
           {&out, queries * shape.head_dim},
           {&scores, queries * count}});
}

}  // namespace fundi::cpu
