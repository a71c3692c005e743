#include "backends/cpu/onednn.h"

#include <omp.h>

#include <array>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"

namespace fundi::cpu {
namespace {

using dnnl::memory;

memory::data_type dnnl_type(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return memory::data_type::f32;
    case DType::kBF16:
      return memory::data_type::bf16;
    default:
      fail(ErrorCode::kUnsupported, "matmul: {} is not computed on the CPU", name(dtype));
  }
}

struct Key {
  int64_t m, n, k, a_leading, b_leading, c_leading;
  DType a, b, c, bias;
  bool a_transposed, b_transposed, has_bias, accumulate, packed;
  int threads;
  auto operator<=>(const Key&) const = default;
};

dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::stream& stream() {
  static thread_local dnnl::stream cpu(engine());
  return cpu;
}

memory::desc matrix_desc(int64_t rows, int64_t columns, DType dtype, int64_t leading,
                         bool transposed) {
  return {{rows, columns},
          dnnl_type(dtype),
          transposed ? memory::dims{1, leading} : memory::dims{leading, 1}};
}

dnnl::matmul::primitive_desc make_desc(const memory::desc& a, const memory::desc& b,
                                       const memory::desc& c, const memory::desc* bias,
                                       const dnnl::primitive_attr& attributes) {
#if DNNL_VERSION_MAJOR >= 3
  if (bias != nullptr) return {engine(), a, b, *bias, c, attributes};
  return {engine(), a, b, c, attributes};
#else
  if (bias != nullptr) return {dnnl::matmul::desc(a, b, *bias, c), attributes, engine()};
  return {dnnl::matmul::desc(a, b, c), attributes, engine()};
#endif
}

// A product ready to run, with the reorder of b into the layout the kernel likes best when that
// pays: when b is used for many rows of a.
struct Product {
  memory::desc a, b, c, bias, packed_b;
  dnnl::matmul matmul;
  dnnl::reorder reorder;
  memory::desc scratch;
  bool packs = false;
};

Product make_product(const Key& key) {
  Product p;
  p.a = matrix_desc(key.m, key.k, key.a, key.a_leading, key.a_transposed);
  p.b = matrix_desc(key.k, key.n, key.b, key.b_leading, key.b_transposed);
  p.c = matrix_desc(key.m, key.n, key.c, key.c_leading, false);
  if (key.has_bias) p.bias = {{1, key.n}, dnnl_type(key.bias), memory::dims{key.n, 1}};
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (key.accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    attributes.set_post_ops(sum);
  }
  const memory::desc any({key.k, key.n}, dnnl_type(key.b), memory::format_tag::any);
  const auto desc =
      make_desc(p.a, key.packed ? any : p.b, p.c, key.has_bias ? &p.bias : nullptr, attributes);
  p.matmul = dnnl::matmul(desc);
  p.packed_b = desc.weights_desc();
  p.scratch = desc.scratchpad_desc();
  p.packs = p.packed_b != p.b;
  if (p.packs) {
    dnnl::primitive_attr plain;
    plain.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    p.reorder =
        dnnl::reorder(dnnl::reorder::primitive_desc(engine(), p.b, engine(), p.packed_b, plain));
  }
  return p;
}

const Product& product(const Key& key) {
  static std::mutex mutex;
  static std::map<Key, std::unique_ptr<Product>> cache;
  const std::lock_guard lock(mutex);
  auto& entry = cache[key];
  if (!entry) entry = std::make_unique<Product>(make_product(key));
  return *entry;
}

// Threads of the next product: all that parallel work uses, or one inside a parallel region. oneDNN
// asks OpenMP, whose setting belongs to the calling thread, so it is brought in line here.
int product_threads() {
  if (omp_in_parallel() != 0) return 1;
  if (omp_get_max_threads() != thread_count()) omp_set_num_threads(thread_count());
  return thread_count();
}

// Scratch memory a thread keeps from call to call.
void* scratch(int slot, size_t bytes) {
  static thread_local std::array<memory, 2> kept;
  static thread_local std::array<size_t, 2> sizes{};
  const auto i = static_cast<size_t>(slot);
  if (sizes[i] < bytes || !kept[i]) {
    const memory::desc desc({static_cast<int64_t>(bytes)}, memory::data_type::u8, memory::dims{1});
    kept[i] = memory(desc, engine());
    sizes[i] = bytes;
  }
  return kept[i].get_data_handle();
}

void run(const Key& key, const void* a, const void* b, void* c, const void* bias) {
  const Product& p = product(key);
  const auto wrap = [](const memory::desc& desc, const void* data) {
    return memory(desc, engine(), const_cast<void*>(data));
  };
  memory weights = wrap(p.b, b);
  if (p.packs) {
    memory packed = wrap(p.packed_b, scratch(0, p.packed_b.get_size()));
    p.reorder.execute(stream(), weights, packed);
    weights = packed;
  }
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, wrap(p.a, a)}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, wrap(p.c, c)}};
  if (key.has_bias) arguments.emplace(DNNL_ARG_BIAS, wrap(p.bias, bias));
  if (const size_t bytes = p.scratch.get_size(); bytes > 0) {
    arguments.emplace(DNNL_ARG_SCRATCHPAD, wrap(p.scratch, scratch(1, bytes)));
  }
  p.matmul.execute(stream(), arguments);
  stream().wait();
}

// A gradient of a weight, in f32: a few per cent faster than the primitive, whose copy of a
// transposed a costs more.
bool sgemm_applies(const Key& key) {
  return key.a_transposed && !key.b_transposed && !key.has_bias && key.a == DType::kF32 &&
         key.b == DType::kF32 && key.c == DType::kF32;
}

void sgemm(const Key& key, const void* a, const void* b, void* c) {
  const dnnl_status_t status =
      dnnl_sgemm('T', 'N', key.m, key.n, key.k, 1.0f, static_cast<const float*>(a), key.a_leading,
                 static_cast<const float*>(b), key.b_leading, key.accumulate ? 1.0f : 0.0f,
                 static_cast<float*>(c), key.c_leading);
  if (status != dnnl_success) throw dnnl::error(status, "sgemm");
}

}  // namespace

void onednn_matmul(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, void* c,
                   DType c_dtype, int64_t c_leading, const void* bias, DType bias_dtype,
                   bool accumulate) {
  // From how many rows of a on packing b pays; of a transposed one, which is copied as well.
  constexpr int64_t kPackRows = 64, kPackTransposedRows = 2048;
  const Key key{.m = m,
                .n = n,
                .k = k,
                .a_leading = a.leading,
                .b_leading = b.leading,
                .c_leading = c_leading,
                .a = a.dtype,
                .b = b.dtype,
                .c = c_dtype,
                .bias = bias_dtype,
                .a_transposed = a.transposed,
                .b_transposed = b.transposed,
                .has_bias = bias != nullptr,
                .accumulate = accumulate,
                .packed = m >= (a.transposed ? kPackTransposedRows : kPackRows),
                .threads = product_threads()};
  try {
    if (sgemm_applies(key)) return sgemm(key, a.data, b.data, c);
    run(key, a.data, b.data, c, bias);
  } catch (const dnnl::error& e) {
    fail(ErrorCode::kInternal, "matmul [{},{}] x [{},{}] {}: oneDNN: {}", m, k, k, n, name(a.dtype),
         e.what());
  }
}

std::function<void()> packed_product(int64_t m, int64_t n, int64_t k, void* a, void* b, void* c,
                                     DType dtype) {
  const Key key{.m = m,
                .n = n,
                .k = k,
                .a_leading = k,
                .b_leading = n,
                .c_leading = n,
                .a = dtype,
                .b = dtype,
                .c = dtype,
                .bias = dtype,
                .a_transposed = false,
                .b_transposed = false,
                .has_bias = false,
                .accumulate = false,
                .packed = true,
                .threads = product_threads()};
  const Product& p = product(key);
  memory weights(p.b, engine(), b);
  if (p.packs) {
    memory packed(p.packed_b, engine());
    p.reorder.execute(stream(), weights, packed);
    weights = packed;
  }
  std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, memory(p.a, engine(), a)},
                                            {DNNL_ARG_WEIGHTS, weights},
                                            {DNNL_ARG_DST, memory(p.c, engine(), c)},
                                            {DNNL_ARG_SCRATCHPAD, memory(p.scratch, engine())}};
  return [&p, arguments] {
    p.matmul.execute(stream(), arguments);
    stream().wait();
  };
}

}  // namespace fundi::cpu
