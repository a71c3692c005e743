#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/attention_forward.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/attention_rows-inl.h"
#include "backends/cpu/attention_task.h"
#include "backends/cpu/kernels.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Memory of one thread; its size does not depend on the number of keys.
template <typename Unit>
struct ForwardScratch {
  Scratch<Unit> query, keys, values;
  Scratch<ElementOf<Unit>> rows, p;
  Scratch<float> scores, states;
  static ForwardScratch& mine() {
    static thread_local ForwardScratch scratch;
    return scratch;
  }
};

// Folds the keys of one task into the states of its rows, block by block; group after group in the
// states. Each block is read once as it is stored and laid out for the products of all rows.
template <typename Unit>
class ForwardPass {
 public:
  ForwardPass(const ForwardTask& task, const ops::AttentionForward& args, const RowStates& states)
      : task_(task),
        logits_(args.mask),
        states_(states),
        keys_(task.groups->key_rows(*task.groups->k, args.q.dim(2), task.group_count)),
        values_(task.groups->key_rows(*task.groups->v, args.out.dim(2), task.group_count)),
        key_block_(block_of(task.group_count * (keys_.width + values_.width))) {
    const int64_t groups = task.group_count, query = task.rows() * key_units_;
    query_ = scratch_.query.reserve(groups * query);
    for (int64_t g = 0; g < groups; ++g) {
      copy_rows(task.groups[g].query_rows(args.q), task.row_begin, task.rows(),
                reinterpret_cast<ElementOf<Unit>*>(query_ + g * query), key_units_ * kDepth<Unit>);
    }
    key_panels_ = {.data = nullptr, .panel = kPanel * key_units_, .head = key_block_ * key_units_};
    key_panels_.data = scratch_.keys.reserve(groups * key_panels_.head);
    value_panels_.panel = units_of<Unit>(key_block_) * kPanel;
    value_panels_.head = round_up(values_.width, kPanel) / kPanel * value_panels_.panel;
    value_panels_.data = scratch_.values.reserve(groups * value_panels_.head);
    scores_ = scratch_.scores.reserve(kRowBlock * key_block_);
    if constexpr (kDepth < Unit >> 1) {
      p_ = scratch_.p.reserve(kRowBlock * key_block_);
    } else {
      p_ = scores_;
    }
  }

  void run() const {
    for (int64_t k0 = task_.key_begin; k0 < task_.key_end; k0 += key_block_) {
      const int64_t k1 = std::min(task_.key_end, k0 + key_block_);
      pack_columns(keys_, k0, k1 - k0, task_.group_count, key_panels_, scratch_.rows);
      pack_rows(values_, k0, k1 - k0, task_.group_count, value_panels_);
      for (int64_t g = 0; g < task_.group_count; ++g) {
        for (int64_t row = 0; row < task_.rows(); row += kRowBlock) {
          rows(g, row, std::min(task_.rows() - row, kRowBlock), k0, k1);
        }
      }
    }
  }

 private:
  static constexpr int64_t kRowBlock = 48;

  // Keys whose panels, `width` elements each, stay in the second-level cache.
  static int64_t block_of(int64_t width) {
    constexpr int64_t kElements = 160 << 10;
    return std::clamp<int64_t>(kElements / width / kPanel * kPanel, kPanel, 256);
  }

  // Rows [row, row + m) of the task's rows of one group against keys [k0, k1).
  void rows(int64_t g, int64_t row, int64_t m, int64_t k0, int64_t k1) const {
    const AttentionGroup& group = task_.groups[g];
    const int64_t in_group = task_.row_begin + row, state = g * task_.rows() + row;
    const int64_t begin = std::max(k0, group.key_begin(in_group)) - k0;
    const int64_t end = std::min(k1, group.key_end(in_group + m - 1)) - k0;
    if (begin >= end) return;
    const int64_t first = begin / kPanel * kPanel, n = end - first;
    small_gemm<Unit>({query_ + state * key_units_, key_units_, 1,
                      key_panels_.data + g * key_panels_.head + first * key_units_,
                      key_panels_.panel, scores_, key_block_, m, n, key_units_, false});
    for (int64_t r = 0; r < m; ++r) {
      const Part part(group, in_group + r, k0 + first, n);
      fold_scores<Unit>(scores_ + r * key_block_, p_ + r * key_block_, part, logits_, states_,
                        state + r);
    }
    small_gemm<Unit>({reinterpret_cast<const Unit*>(p_), units_of<Unit>(key_block_), 1,
                      value_panels_.data + g * value_panels_.head + first / kDepth<Unit> * kPanel,
                      value_panels_.panel, states_.out + state * states_.stride, states_.stride, m,
                      values_.width, units_of<Unit>(n), true});
  }

  const ForwardTask& task_;
  const Logits logits_;
  const RowStates states_;
  const HeadRows keys_, values_;
  const int64_t key_units_ = units_of<Unit>(keys_.width), key_block_;
  ForwardScratch<Unit>& scratch_ = ForwardScratch<Unit>::mine();
  Unit* query_;
  Panels<Unit> key_panels_, value_panels_;
  float* scores_;
  ElementOf<Unit>* p_;
};

// States of `rows` rows in memory of rows * (stride + 2) elements.
RowStates states_at(float* memory, int64_t rows, int64_t stride) {
  return {memory, stride, memory + rows * stride, memory + rows * (stride + 1)};
}

// Divides the sums and writes the rows of a task, of which all keys were folded into the states.
void finish(const ForwardTask& task, const ops::AttentionForward& args, const RowStates& states) {
  for (int64_t g = 0, state = 0; g < task.group_count; ++g) {
    const AttentionGroup& group = task.groups[g];
    float* const first = states.out + state * states.stride;
    for (int64_t row = task.row_begin; row < task.row_end; ++row, ++state) {
      float* out = states.out + state * states.stride;
      const float factor = 1.0f / states.sum[state];
      for_each_vector(states.stride, [=](auto d, int64_t i) HWY_ATTR {
        store(d, hn::Mul(load(d, out + i), hn::Set(d, factor)), out + i);
      });
      if (!args.lse.defined()) continue;
      args.lse.data<float>()[group.head(row) * args.q.dim(0) + group.token(row)] =
          states.highest[state] * kLn2 + std::log(states.sum[state]);
    }
    write_rows(first, states.stride, group.query_rows(args.out), task.row_begin, task.rows(),
               false);
  }
}

// bf16 products where they lose nothing that q has: keys of f32 or f16 are multiplied in f32.
bool pairs_apply(const AttentionGroup& group, const Tensor& q) {
  const auto coarse = [](DType dtype) { return dtype == DType::kBF16 || dtype == DType::kQ8_0; };
  return kHasPairs && multiplies_bf16_pairs() && q.dtype() == DType::kBF16 &&
         coarse(group.k->dtype()) && coarse(group.v->dtype());
}

template <typename Unit>
void attend_task(const ForwardTask& task, const ops::AttentionForward& args, float* partials) {
  const int64_t stride = round_up(args.out.dim(2), kPad), rows = task.group_count * task.rows();
  float* memory = task.partial < 0
                      ? ForwardScratch<Unit>::mine().states.reserve(rows * (stride + 2))
                      : partials + task.partial * (stride + 2);
  const RowStates states = states_at(memory, rows, stride);
  states.clear(rows);
  ForwardPass<Unit>(task, args, states).run();
  if (task.partial < 0) finish(task, args, states);
}

void attend(const ForwardTask& task, const ops::AttentionForward& args, float* partials) {
  if constexpr (kHasPairs) {
    if (pairs_apply(*task.groups, args.q)) return attend_task<Bf16Pair>(task, args, partials);
  }
  attend_task<float>(task, args, partials);
}

// In the order of the keys, so that the bits do not depend on who was first.
void merge(const ForwardTask* tasks, size_t count, const ops::AttentionForward& args,
           float* partials) {
  const int64_t stride = round_up(args.out.dim(2), kPad);
  const int64_t rows = tasks->group_count * tasks->rows();
  const auto states_of = [&](const ForwardTask& task) {
    return states_at(partials + task.partial * (stride + 2), rows, stride);
  };
  const RowStates all = states_of(tasks[0]);
  for (size_t t = 1; t < count; ++t) {
    const RowStates more = states_of(tasks[t]);
    for (int64_t r = 0; r < rows; ++r) {
      if (more.sum[r] == 0) continue;
      all.raise(r, more.highest[r]);
      const float factor = std::exp2(more.highest[r] - all.highest[r]);
      all.sum[r] += factor * more.sum[r];
      float* to = all.out + r * stride;
      const float* from = more.out + r * stride;
      for_each_vector(stride, [=](auto d, int64_t i) HWY_ATTR {
        store(d, hn::MulAdd(load(d, from + i), hn::Set(d, factor), load(d, to + i)), to + i);
      });
    }
  }
  finish(*tasks, args, all);
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(attend);
HWY_EXPORT(merge);

void attention_forward(const ops::AttentionForward& args, Stream&) {
  static thread_local Scratch<float> scratch;
  const std::vector<AttentionGroup> groups =
      attention_groups(args.q, args.k, args.v, *args.segments, args.mask);
  const ForwardPlan plan(groups, args.q.dim(2), args.out.dim(2));
  float* partials = scratch.reserve(plan.partial_rows * (round_up(args.out.dim(2), 16) + 2));
  parallel_each(static_cast<int64_t>(plan.tasks.size()), [&](int64_t i) {
    HWY_DYNAMIC_DISPATCH(attend)(plan.tasks[static_cast<size_t>(i)], args, partials);
  });
  parallel_each(static_cast<int64_t>(plan.merges.size()), [&](int64_t i) {
    const ForwardMerge& merge = plan.merges[static_cast<size_t>(i)];
    HWY_DYNAMIC_DISPATCH(merge)(&plan.tasks[merge.begin], merge.count, args, partials);
  });
}

}  // namespace fundi::cpu
#endif
