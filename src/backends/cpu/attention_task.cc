#include "backends/cpu/attention_task.h"

#include <algorithm>

#include "base/error.h"

namespace fundi::cpu {
namespace {

constexpr int64_t kPad = 16;

const std::byte* element_of(const Tensor& t, int64_t offset) {
  return static_cast<const std::byte*>(t.raw()) + byte_size(t.dtype(), offset);
}

}  // namespace

std::vector<AttentionTask> attention_tasks(const Tensor& q, const Tensor& k, const Tensor& v,
                                           const Tensor& out,
                                           const std::vector<ops::AttentionSegment>& segments) {
  std::vector<AttentionTask> tasks;
  for (const ops::AttentionSegment& s : segments) {
    if (s.q_count == 0) continue;
    const Tensor& keys = s.k.defined() ? s.k : k;
    const Tensor& own = s.k.defined() ? s.v : v;
    const Tensor& values = own.defined() ? own : keys;
    if (keys.dtype() != q.dtype() || values.dtype() != q.dtype()) {
      fail(ErrorCode::kUnsupported, "attention: q is {} but the keys are {}", name(q.dtype()),
           name(keys.dtype()));
    }
    const AttentionShape shape{.heads = q.dim(1),
                               .kv_heads = keys.dim(1),
                               .head_dim = q.dim(2),
                               .value_dim = out.dim(2),
                               .padded_dim = round_up(q.dim(2), kPad),
                               .padded_value = round_up(out.dim(2), kPad),
                               .q_rows = q.dim(0),
                               .k_stride = keys.dim(1) * keys.dim(2),
                               .v_stride = values.dim(1) * values.dim(2)};
    for (int64_t g = 0; g < shape.kv_heads; ++g) {
      const int64_t k_offset = s.k_begin * shape.k_stride + g * keys.dim(2);
      const int64_t v_offset = s.k_begin * shape.v_stride + g * values.dim(2);
      tasks.push_back({.shape = shape,
                       .q_begin = s.q_begin,
                       .q_count = s.q_count,
                       .k_count = s.k_count,
                       .first_head = g * shape.group(),
                       .k_offset = k_offset,
                       .v_offset = v_offset,
                       .k = element_of(keys, k_offset),
                       .v = element_of(values, v_offset)});
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
           {&values, count * shape.padded_value},
           {&query, query_block * width},
           {&out, query_block * shape.padded_value},
           {&scores, query_block * key_block},
           {&highest, query_block},
           {&sum, query_block}});
}

void AttentionScratch::reserve_backward(const AttentionShape& shape, int64_t count,
                                        int64_t query_block, int64_t key_block) {
  const int64_t width = shape.padded_dim, values_width = shape.padded_value;
  const int64_t padded_keys = round_up(count, kPad);
  lay_out({{&rows, count * std::max(width, values_width)},
           {&keys, shape.head_dim * padded_keys},
           {&values_t, shape.value_dim * padded_keys},
           {&dkeys, count * width},
           {&dvalues, count * values_width},
           {&query, query_block * width},
           {&out, query_block * values_width},
           {&dout, query_block * values_width},
           {&dquery, query_block * width},
           {&scores, query_block * key_block},
           {&dscores, query_block * key_block},
           {&sum, query_block}});
}

void AttentionScratch::reserve_few(const AttentionShape& shape, int64_t count, int64_t queries) {
  lay_out({{&query, queries * shape.head_dim},
           {&out, queries * shape.value_dim},
           {&scores, queries * count}});
}

}  // namespace fundi::cpu
