#include "backends/cpu/quant/panel_product.h"

#include <array>
#include <utility>

#include "backends/cpu/quant/activations.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/quant/panel_product.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/quant/support.h"
#if HWY_TARGET != HWY_SCALAR
#include "backends/cpu/quant/panel-inl.h"
#include "backends/cpu/quant/types-inl.h"
#endif

#ifndef FUNDI_BACKENDS_CPU_QUANT_PANEL_PRODUCT_ONCE
#define FUNDI_BACKENDS_CPU_QUANT_PANEL_PRODUCT_ONCE
namespace fundi::cpu {

constexpr int64_t kTileRows = 12;  // as many sums, f32 and i32, as there are registers
constexpr int64_t kBlockColumns = 64;
constexpr int64_t kBlockRows = 21 * kTileRows;

// Some rows of a, in tiles, times kBlockColumns rows of b from `column` on.
struct PanelBlock {
  const void* b;  // [n,k] as stored
  int64_t n, k, column;
  const ActivationChunk* a;
  int64_t rows, tile;  // at most kBlockRows and kTileRows
  float* c;            // [rows, kBlockColumns]
};
using MultiplyBlock = void (*)(const PanelBlock&);

}  // namespace fundi::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {
#if HWY_TARGET != HWY_AVX3

MultiplyBlock multiply_block_of(DType /*dtype*/) { return nullptr; }

#else

constexpr int kPanels = kBlockColumns / kPanelColumns;
// Chunks along k at a time: a tile of a and the panels it meets stay in the first-level cache.
constexpr int64_t kDepth = 2;

using MultiplyTile = void (*)(const PanelChunk*, const ActivationChunk*, int64_t, float*, int64_t);

template <class T, int... kRowsLess1>
constexpr std::array<MultiplyTile, kTileRows> tile_kernels(
    std::integer_sequence<int, kRowsLess1...>) {
  return {multiply_tile<T::kScales, T::kHasOffset, kRowsLess1 + 1>...};
}

// Unpacks chunks [first, first + count) of rows `column`, column + 1, ...; beyond the last row of b
// the last is repeated.
template <class T>
void unpack_panel(const PanelBlock& block, int64_t column, int64_t first, int64_t count,
                  PanelChunk* out) {
  const auto* b = static_cast<const typename T::Block*>(block.b);
  const int64_t groups = block.k / kBlock;
  for (int64_t chunk = first; chunk < first + count; ++chunk) {
    const typename T::Block* rows[kPanelColumns];
    for (int i = 0; i < kPanelColumns; ++i) {
      const int64_t row = std::min(column + i, block.n - 1);
      rows[i] = b + row * (block.k / T::kElements) + chunk * blocks_of_chunk<T>();
    }
    unpack_chunk<T>(rows, static_cast<int>(std::min<int64_t>(groups - chunk * 8, 8)), *out++);
  }
}

template <class T>
void multiply_block(const PanelBlock& block) {
  static constexpr auto kKernels =
      tile_kernels<T>(std::make_integer_sequence<int, static_cast<int>(kTileRows)>());
  thread_local std::array<PanelChunk, kPanels * kDepth> panels;
  const int64_t chunks = chunks_of_row(block.k), groups = block.k / kBlock;
  const int64_t columns = std::min(block.n - block.column, kBlockColumns);
  std::fill_n(block.c, block.rows * kBlockColumns, 0.0f);
  for (int64_t chunk = 0; chunk < chunks; chunk += kDepth) {
    const int64_t depth = std::min(kDepth, chunks - chunk);
    for (int64_t j = 0; j < columns; j += kPanelColumns) {
      unpack_panel<T>(block, block.column + j, chunk, depth, &panels[j / kPanelColumns * kDepth]);
    }
    for (int64_t row = 0; row < block.rows; row += block.tile) {
      const int64_t rows = std::min(block.tile, block.rows - row);
      const ActivationChunk* a = block.a + row * chunks + chunk * rows;
      for (int64_t j = 0; j < columns; j += kPanelColumns) {
        kKernels[static_cast<size_t>(rows - 1)](&panels[j / kPanelColumns * kDepth], a,
                                                std::min(depth * 8, groups - chunk * 8),
                                                block.c + row * kBlockColumns + j, kBlockColumns);
      }
    }
  }
}

MultiplyBlock multiply_block_of(DType dtype) {
  if (!has_vnni()) return nullptr;
  return with_block_type(dtype,
                         [](auto type) -> MultiplyBlock { return multiply_block<decltype(type)>; });
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <memory>
#include <vector>

#include "backends/cpu/sums.h"
#include "base/parallel.h"

namespace fundi::cpu {
HWY_EXPORT(multiply_block_of);

namespace {

constexpr int64_t kRowsAtOnce = 2 * kBlockRows;  // bounds the memory of quantised activations

MultiplyBlock kernel_of(DType dtype) { return HWY_DYNAMIC_DISPATCH(multiply_block_of)(dtype); }

struct Task {
  const ops::Matmul* args;
  MultiplyBlock multiply;
  PanelBlock block;
  int64_t row;  // of c
};

void run(Task task) {
  thread_local std::vector<float> sums;
  sums.resize(kBlockRows * kBlockColumns);
  task.block.c = sums.data();
  task.multiply(task.block);
  write_sums(*task.args, {.data = sums.data(),
                          .leading = kBlockColumns,
                          .row = task.row,
                          .rows = task.block.rows,
                          .column = task.block.column,
                          .columns = std::min(task.block.n - task.block.column, kBlockColumns)});
}

// Rows [first, first + count) of the products, all of which have as many.
void multiply_rows(std::span<const ops::Matmul> products, int64_t first, int64_t count) {
  const int64_t tiles = (count + kTileRows - 1) / kTileRows, tile = (count + tiles - 1) / tiles;
  std::vector<Tensor> quantised;
  std::vector<Task> tasks;
  const ops::Matmul* before = nullptr;
  for (const ops::Matmul& product : products) {
    const int64_t k = product.a.dim(1), n = product.b.dim(0), chunks = chunks_of_row(k);
    const ScaleForm form = scale_form(product.b.dtype());
    if (before == nullptr || before->a.raw() != product.a.raw() ||
        before->a.shape() != product.a.shape() || scale_form(before->b.dtype()) != form) {
      const int64_t bytes = count * chunks * static_cast<int64_t>(sizeof(ActivationChunk));
      quantised.emplace_back(Shape{bytes}, DType::kU8);
      quantise_rows(product.a.rows(first, count), form, tile,
                    static_cast<ActivationChunk*>(quantised.back().raw()));
    }
    before = &product;
    const auto* rows_of_a = static_cast<const ActivationChunk*>(quantised.back().raw());
    for (int64_t column = 0; column < n; column += kBlockColumns) {
      const int64_t step = kBlockRows / kTileRows * tile;
      for (int64_t row = 0; row < count; row += step) {
        tasks.push_back({&product,
                         kernel_of(product.b.dtype()),
                         {.b = product.b.raw(),
                          .n = n,
                          .k = k,
                          .column = column,
                          .a = rows_of_a + row * chunks,
                          .rows = std::min(step, count - row),
                          .tile = tile,
                          .c = nullptr},
                         first + row});
      }
    }
  }
  parallel_each(static_cast<int64_t>(tasks.size()),
                [&](int64_t i) { run(tasks[static_cast<size_t>(i)]); });
}

}  // namespace

bool panel_product_applies(const ops::Matmul& args) {
  return args.transpose_b && has_aligned_blocks(args.b) && kernel_of(args.b.dtype()) != nullptr;
}

void panel_products(std::span<const ops::Matmul> products) {
  for (size_t i = 0; i < products.size();) {
    size_t end = i + 1;  // those of as many rows
    while (end < products.size() && products[end].a.dim(0) == products[i].a.dim(0)) ++end;
    const auto alike = products.subspan(i, end - i);
    for (int64_t row = 0; row < products[i].a.dim(0); row += kRowsAtOnce) {
      multiply_rows(alike, row, std::min(kRowsAtOnce, products[i].a.dim(0) - row));
    }
    i = end;
  }
}

}  // namespace fundi::cpu
#endif
