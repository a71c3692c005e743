#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/attention_backward.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/attention_rows-inl.h"
#include "backends/cpu/attention_task.h"
#include "backends/cpu/kernels.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

constexpr int64_t kRowBlock = 48, kKeyBlock = 256;

// Memory of one thread, linear in the number of keys.
template <typename Unit>
struct BackwardScratch {
  Scratch<Unit> key_columns, key_rows, value_columns, query_rows, dout_rows, p, ds;
  Scratch<ElementOf<Unit>> query, dout, ds_elements, rows;
  Scratch<float> scores, dp, dquery, dkeys, dvalues;
  static BackwardScratch& mine() {
    static thread_local BackwardScratch scratch;
    return scratch;
  }
};

// The gradients of one group: its query rows, block by block, against all keys that they see.
// Matrices whose names end in rows or columns are laid out as the b operand of products that sum
// over their rows or columns.
template <typename Unit>
class BackwardPass {
 public:
  using Element = ElementOf<Unit>;

  BackwardPass(const AttentionGroup& group, const ops::AttentionBackward& args)
      : group_(group),
        args_(args),
        logits_(args.mask),
        keys_(group.k_count),
        key_width_(args.q.dim(2)),
        value_width_(args.out.dim(2)) {
    auto& s = BackwardScratch<Unit>::mine();
    const int64_t panel_keys = round_up(keys_, kPanel);
    key_columns_ = s.key_columns.reserve(panel_keys * key_units_);
    value_columns_ = s.value_columns.reserve(panel_keys * value_units_);
    key_rows_ = s.key_rows.reserve(round_up(key_width_, kPanel) * units_of<Unit>(keys_));
    query_ = s.query.reserve(kRowBlock * key_units_ * kDepth<Unit>);
    dout_ = s.dout.reserve(kRowBlock * value_units_ * kDepth<Unit>);
    query_rows_ = s.query_rows.reserve(round_up(key_width_, kPanel) * kRowUnits);
    dout_rows_ = s.dout_rows.reserve(round_up(value_width_, kPanel) * kRowUnits);
    scores_ = s.scores.reserve(kRowBlock * kKeyBlock);
    dp_ = s.dp.reserve(kRowBlock * kKeyBlock);
    dquery_ = s.dquery.reserve(kRowBlock * key_stride_);
    dkeys_ = s.dkeys.reserve(keys_ * key_stride_);
    dvalues_ = s.dvalues.reserve(keys_ * value_stride_);
    if constexpr (kDepth < Unit >> 1) {
      p_ = s.p.reserve(kRowUnits * kKeyBlock);
      ds_ = s.ds.reserve(kRowUnits * kKeyBlock);
      ds_elements_ = s.ds_elements.reserve(kRowBlock * kKeyBlock);
    } else {
      p_ = scores_;
      ds_ = ds_elements_ = dp_;
    }
  }

  void run() const {
    const HeadRows keys = group_.key_rows(*group_.k, key_width_);
    auto& scratch = BackwardScratch<Unit>::mine().rows;
    pack_columns<Unit>(keys, 0, keys_, 1, {key_columns_, kPanel * key_units_}, scratch);
    pack_rows<Unit>(keys, 0, keys_, 1, {key_rows_, units_of<Unit>(keys_) * kPanel});
    pack_columns<Unit>(group_.key_rows(*group_.v, value_width_), 0, keys_, 1,
                       {value_columns_, kPanel * value_units_}, scratch);
    std::fill_n(dkeys_, keys_ * key_stride_, 0.0f);
    std::fill_n(dvalues_, keys_ * value_stride_, 0.0f);
    for (int64_t row = 0; row < group_.rows(); row += kRowBlock) {
      rows(row, std::min(kRowBlock, group_.rows() - row));
    }
    write_rows(dkeys_, key_stride_, group_.key_rows(args_.dk, key_width_), 0, keys_,
               args_.accumulate_dk);
    write_rows(dvalues_, value_stride_, group_.key_rows(args_.dv, value_width_), 0, keys_,
               args_.accumulate_dv);
  }

 private:
  static constexpr int64_t kRowUnits = units_of<Unit>(kRowBlock);

  void rows(int64_t row, int64_t m) const {
    copy_rows(query_in_, row, m, query_, key_units_ * kDepth<Unit>);
    pack_rows<Unit>(query_in_, row, m, 1, {query_rows_, kRowUnits * kPanel});
    copy_rows(dout_in_, row, m, dout_, value_units_ * kDepth<Unit>);
    pack_rows<Unit>(dout_in_, row, m, 1, {dout_rows_, kRowUnits * kPanel});
    float delta[kRowBlock];
    for (int64_t r = 0; r < m; ++r) delta[r] = dot(out_in_, dout_in_, row + r);
    std::fill_n(dquery_, m * key_stride_, 0.0f);
    const int64_t end = group_.key_end(row + m - 1);
    for (int64_t k = group_.key_begin(row) / kPanel * kPanel; k < end; k += kKeyBlock) {
      block(row, m, k, std::min(end - k, kKeyBlock), delta);
    }
    write_rows(dquery_, key_stride_, dquery_out_, row, m, args_.accumulate_dq);
  }

  // Query rows [row, row + m) against keys [k, k + n).
  void block(int64_t row, int64_t m, int64_t k, int64_t n, const float* delta) const {
    small_gemm<Unit>({units(query_), key_units_, 1, key_columns_ + k * key_units_,
                      kPanel * key_units_, scores_, kKeyBlock, m, n, key_units_, false});
    small_gemm<Unit>({units(dout_), value_units_, 1, value_columns_ + k * value_units_,
                      kPanel * value_units_, dp_, kKeyBlock, m, n, value_units_, false});
    for (int64_t r = 0; r < m; r += kDepth<Unit>) {
      for (int64_t next = row + kRowBlock + r, i = 0; i < kDepth<Unit>; ++i) {
        for (const HeadRows* rows : {&query_in_, &dout_in_, &out_in_, &dquery_out_}) {
          prefetch_row(*rows, next + i, group_.rows());
        }
      }
      gradients(row, r, m, k, n, delta);
    }
    const int64_t row_units = units_of<Unit>(m);
    small_gemm<Unit>({p_, 1, kKeyBlock, dout_rows_, kRowUnits * kPanel,
                      dvalues_ + k * value_stride_, value_stride_, n, value_width_, row_units,
                      true});
    small_gemm<Unit>({ds_, 1, kKeyBlock, query_rows_, kRowUnits * kPanel, dkeys_ + k * key_stride_,
                      key_stride_, n, key_width_, row_units, true});
    small_gemm<Unit>({units(ds_elements_), units_of<Unit>(kKeyBlock), 1,
                      key_rows_ + k / kDepth<Unit> * kPanel, units_of<Unit>(keys_) * kPanel,
                      dquery_, key_stride_, m, key_width_, units_of<Unit>(n), true});
  }

  // p and ds of the rows [r, r + kDepth) of a block, one unit of them; with pairs ds also element
  // by element, for the product that sums over keys.
  void gradients(int64_t row, int64_t r, int64_t m, int64_t k, int64_t n,
                 const float* delta) const {
    const int64_t padded = round_up(n, kPad);
    const RowGradient first = gradient(row, r, m, k, n, delta);
    if constexpr (kDepth<Unit> == 1) {
      for_each_vector(padded, [=](auto d, int64_t i) HWY_ATTR {
        Vec<decltype(d)> p, ds;
        first.template at<Unit>(d, i, p, ds);
        store(d, p, first.scores + i);
        store(d, ds, first.dp + i);
      });
    } else {
      const RowGradient second = gradient(row, r + 1, m, k, n, delta);
      Unit *p_units = p_ + r / 2 * kKeyBlock, *ds_units = ds_ + r / 2 * kKeyBlock;
      Element *ds_row = ds_elements_ + r * kKeyBlock, *ds_next = ds_row + kKeyBlock;
      for_each_vector(padded, [=](auto d, int64_t i) HWY_ATTR {
        Vec<decltype(d)> p0, ds0, p1, ds1;
        first.template at<Unit>(d, i, p0, ds0);
        second.template at<Unit>(d, i, p1, ds1);
        store_units(d, p0, p1, p_units + i);
        store_units(d, ds0, ds1, ds_units + i);
        store_element(d, ds0, ds_row + i);
        store_element(d, ds1, ds_next + i);
      });
    }
  }

  // Row m of an odd block, the other half of its last unit, sees nothing.
  RowGradient gradient(int64_t row, int64_t r, int64_t m, int64_t k, int64_t n,
                       const float* delta) const {
    float *scores = scores_ + r * kKeyBlock, *dp = dp_ + r * kKeyBlock;
    if (r == m) {
      std::fill_n(scores, round_up(n, kPad), kUnseen);
      std::fill_n(dp, round_up(n, kPad), 0.0f);
      return {scores, dp, logits_.factor(), 0.0f, 0.0f, 0.0f};
    }
    const float rest = logits_.cap(scores, dp, n, delta[r]);
    Part(group_, row + r, k, n).hide_rest(scores);
    const float lse =
        args_.lse.data<float>()[group_.head(row + r) * args_.q.dim(0) + group_.token(row + r)];
    return {scores, dp, logits_.factor(), lse * kLog2E, rest, logits_.scale()};
  }

  static float dot(const HeadRows& a, const HeadRows& b, int64_t row) {
    float sum = 0;
    with_float_type("attention_backward", a.dtype, [&](auto type) {
      const auto* x = reinterpret_cast<const decltype(type)*>(a.row(row));
      const auto* y = reinterpret_cast<const decltype(type)*>(b.row(row));
      sum = sum_of(a.width, [=](auto d, int64_t i)
                                HWY_ATTR { return hn::Mul(load(d, x + i), load(d, y + i)); });
    });
    return sum;
  }
  static const Unit* units(const Element* elements) {
    return reinterpret_cast<const Unit*>(elements);
  }

  const AttentionGroup& group_;
  const ops::AttentionBackward& args_;
  const Logits logits_;
  const HeadRows query_in_ = group_.query_rows(args_.q), dout_in_ = group_.query_rows(args_.dout),
                 out_in_ = group_.query_rows(args_.out), dquery_out_ = group_.query_rows(args_.dq);
  const int64_t keys_, key_width_, value_width_;
  const int64_t key_units_ = units_of<Unit>(key_width_),
                value_units_ = units_of<Unit>(value_width_);
  const int64_t key_stride_ = round_up(key_width_, kPad),
                value_stride_ = round_up(value_width_, kPad);
  Unit *key_columns_, *key_rows_, *value_columns_, *query_rows_, *dout_rows_, *p_, *ds_;
  Element *query_, *dout_, *ds_elements_;
  float *scores_, *dp_, *dquery_, *dkeys_, *dvalues_;
};

void differentiate(const AttentionGroup& group, const ops::AttentionBackward& args) {
  if constexpr (kHasPairs) {
    if (args.q.dtype() == DType::kBF16 && multiplies_bf16_pairs()) {
      return BackwardPass<Bf16Pair>(group, args).run();
    }
  }
  BackwardPass<float>(group, args).run();
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(differentiate);

void attention_backward(const ops::AttentionBackward& args, Stream&) {
  const std::vector<AttentionGroup> groups =
      attention_groups(args.q, args.k, args.v, *args.segments, args.mask);
  parallel_each(static_cast<int64_t>(groups.size()), [&](int64_t i) {
    HWY_DYNAMIC_DISPATCH(differentiate)(groups[static_cast<size_t>(i)], args);
  });
}

}  // namespace fundi::cpu
#endif
