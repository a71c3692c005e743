// Products with weights in every stored type, and rows of embeddings: against the decoded weight.
#include <fmt/format.h>
#include <hwy/highway.h>

#include <array>
#include <limits>

#include "base/error.h"
#include "ops/embedding.h"
#include "ops/linear.h"
#include "tensor/blocks.h"
#include "tests/ops/op_testing.h"

namespace fundi::ops {
namespace {

constexpr std::array kBlockTypes = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1,
                                    DType::kQ8_0, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};

// Where the f16 numbers of a block stand.
std::vector<size_t> half_offsets(DType dtype) {
  switch (dtype) {
    case DType::kQ4_0:
    case DType::kQ5_0:
    case DType::kQ8_0:
      return {0};
    case DType::kQ6_K:
      return {offsetof(BlockQ6_K, d)};
    default:
      return {0, 2};
  }
}

// Random bits, with scales of either sign: every value that a block can hold.
Tensor random_weight(Shape shape, DType dtype, uint64_t seed) {
  if (!is_block_quantised(dtype)) return as(random_tensor(shape, seed), dtype);
  Tensor t(shape, dtype);
  Random random(seed);
  auto* bytes = static_cast<uint8_t*>(t.raw());
  for (size_t i = 0; i < t.bytes(); ++i) bytes[i] = static_cast<uint8_t>(random.below(256));
  for (size_t block = 0; block < t.bytes(); block += static_cast<size_t>(info(dtype).block_bytes)) {
    for (const size_t offset : half_offsets(dtype)) {
      const Float16 half(0.02f * random.normal());
      std::memcpy(bytes + block + offset, &half, sizeof(half));
    }
  }
  return t;
}

// a as products with block-quantised weights may round it: groups of 32 in 8 bits. Superblocks want
// scales that are multiples of one in each 256.
Tensor rounded_to_bytes(const Tensor& a, DType weight) {
  constexpr float kMost = 127.0f;
  const Tensor out = a.to_f32();
  const int64_t k = out.dim(1), superblock = info(weight).block_elements == 256 ? 256 : 32;
  for (int64_t begin = 0; begin < out.elements(); begin += superblock) {
    float* x = out.data<float>() + begin;
    const auto largest = [&](int64_t from, int64_t count) {
      float most = 0;
      for (int64_t i = from; i < from + count; ++i) most = std::max(most, std::abs(x[i]));
      return most;
    };
    const float unit = largest(0, superblock) / (kMost * kMost);
    for (int64_t group = 0; group < superblock; group += 32) {
      float scale = largest(group, 32) / kMost;
      if (scale == 0) continue;
      if (superblock == 256) scale = unit * std::clamp(std::ceil(scale / unit), 1.0f, kMost);
      const float inverse = 1.0f / scale;
      for (int64_t i = group; i < group + 32; ++i) x[i] = scale * std::nearbyint(x[i] * inverse);
    }
  }
  EXPECT_EQ(k % superblock, 0);
  return out;
}

// What a b^T may be, in double: the exact product, that with a rounded to bytes, and the sums of
// magnitudes that errors are measured by.
struct Reference {
  std::vector<double> exact, rounded, magnitude;  // [M,N]
};

Reference reference(const Tensor& given, const Tensor& weight) {
  const Tensor a = given.to_f32(), bytes = rounded_to_bytes(given, weight.dtype()),
               b = weight.to_f32();
  const int64_t k = a.dim(1);
  Reference out;
  for (int64_t i = 0; i < a.dim(0); ++i) {
    for (int64_t j = 0; j < b.dim(0); ++j) {
      const float *x = a.data<float>() + i * k, *y = bytes.data<float>() + i * k;
      const float* w = b.data<float>() + j * k;
      double exact = 0, rounded = 0, magnitude = 0;
      for (int64_t c = 0; c < k; ++c) {
        exact += double(x[c]) * w[c];
        rounded += double(y[c]) * w[c];
        magnitude += std::abs(double(x[c]) * w[c]);
      }
      out.exact.push_back(exact);
      out.rounded.push_back(rounded);
      out.magnitude.push_back(magnitude);
    }
  }
  return out;
}

// For a block-quantised b either of the two; beyond that only rounding of f32 sums is allowed, K up
// to a thousand: 2e-6 of the magnitudes. c may have fewer rows than the reference.
void expect_product(const Tensor& c, const Reference& want) {
  for (size_t i = 0; i < static_cast<size_t>(c.elements()); ++i) {
    const double got = c.data<float>()[i];
    const double error = std::min(std::abs(got - want.exact[i]), std::abs(got - want.rounded[i]));
    ASSERT_LE(error, 2e-6 * want.magnitude[i] + 1e-30)
        << "element " << i << ": " << got << ", exact " << want.exact[i] << ", with bytes "
        << want.rounded[i];
  }
}

class StoredWeightsTest : public OpTest {
 protected:
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    OpTest::TearDown();
  }

  // Runs `body` on each instruction set that this processor has.
  static void for_each_target(const std::function<void()>& body) {
    for (int64_t all = hwy::SupportedTargets(), left = all; left != 0; left &= left - 1) {
      const int64_t target = left & -left;
      SCOPED_TRACE(hwy::TargetName(target));
      hwy::SetSupportedTargetsForTest(target);
      hwy::GetChosenTarget().Update(target);
      body();
    }
  }

  Tensor product(const Tensor& a, const Tensor& b) {
    const Tensor c({a.dim(0), b.dim(0)}, DType::kF32);
    matmul({.a = a, .b = b, .c = c, .transpose_b = true}, stream_);
    return c;
  }
};

TEST_F(StoredWeightsTest, ProductsEqualThoseOfTheDecodedWeight) {
  for (const DType dtype : kBlockTypes) {
    const int64_t block = info(dtype).block_elements;
    for (const auto& [n, k] :
         {std::array<int64_t, 2>{1, block}, {33, 3 * block}, {82, 1120 / block * block}}) {
      const Tensor a = random_tensor({130, k}, 2), b = random_weight({n, k}, dtype, 1);
      const Reference want = reference(a, b);
      for_each_target([&] {
        for (const int64_t m : {1, 2, 5, 8, 9, 33, 130}) {
          SCOPED_TRACE(fmt::format("{} [{},{}] x [{},{}]", name(dtype), m, k, n, k));
          expect_product(product(a.rows(0, m), b), want);
        }
      });
    }
  }
}

// Blocks at an odd address, as a mapped file may have them.
TEST_F(StoredWeightsTest, UnalignedBlocks) {
  const Tensor a = random_tensor({20, 256}, 2), aligned = random_weight({7, 256}, DType::kQ4_K, 1);
  const auto buffer = std::make_shared<Buffer>(aligned.bytes() + 1, Device{});
  const Tensor b(buffer, 1, aligned.shape(), aligned.dtype());
  std::memcpy(b.raw(), aligned.raw(), aligned.bytes());
  const Reference want = reference(a, aligned);
  expect_product(product(a, b), want);
  expect_product(product(a.rows(0, 1), b), want);
}

TEST_F(StoredWeightsTest, BitsDoNotDependOnThreads) {
  for (const DType dtype : kBlockTypes) {
    SCOPED_TRACE(std::string(name(dtype)));
    const Tensor b = random_weight({300, 512}, dtype, 1);
    for (const int64_t m : {1, 3, 9, 300}) {
      const Tensor a = random_tensor({m, 512}, 2);
      set_thread_count(1);
      const Tensor one = product(a, b);
      for (const int threads : {2, 3, 5}) {
        set_thread_count(threads);
        EXPECT_TRUE(same_bits(product(a, b), one)) << m << " rows, " << threads << " threads";
      }
    }
  }
}

// Groups with a zero, a huge or a tiny maximum, and bf16 activations.
TEST_F(StoredWeightsTest, ActivationsOfAnySize) {
  for (const DType dtype : {DType::kQ8_0, DType::kQ6_K}) {
    const Tensor b = random_weight({40, 1024}, dtype, 1);
    for (const int64_t m : {1, 20}) {
      const Tensor a = random_tensor({m, 1024}, 2);
      for (int64_t i = 0; i < a.elements(); ++i) {
        constexpr float kFactors[] = {0.0f, 1e30f, 1e-30f, 1.0f};
        a.data<float>()[i] *= kFactors[i / 32 % 4];
      }
      expect_product(product(a, b), reference(a, b));
      const Tensor narrow = as(a, DType::kBF16);
      expect_product(product(narrow, b), reference(narrow, b));
    }
  }
}

TEST_F(StoredWeightsTest, NotANumberStaysInItsRow) {
  for (const DType dtype : kBlockTypes) {
    const Tensor b = random_weight({40, 512}, dtype, 1);
    for (const int64_t m : {2, 20}) {
      const Tensor a = random_tensor({m, 512}, 2);
      a.data<float>()[512 + 77] = std::numeric_limits<float>::quiet_NaN();
      const Tensor c = product(a, b);
      for (int64_t i = 0; i < c.elements(); ++i) {
        EXPECT_EQ(std::isnan(c.data<float>()[i]), i / 40 == 1) << name(dtype) << " " << i;
      }
    }
  }
}

// The bias is added, c accumulated or rounded to bf16, after the product.
TEST_F(StoredWeightsTest, BiasAccumulationAndNarrowResults) {
  for (const DType dtype : {DType::kQ4_K, DType::kF16}) {
    const Tensor b = random_weight({70, 256}, dtype, 1);
    const Tensor bias = random_tensor({70}, 3);
    for (const int64_t m : {1, 30}) {
      const Tensor a = random_tensor({m, 256}, 2), before = random_tensor({m, 70}, 4);
      const Tensor plain = product(a, b), c = before.to_f32(), narrow = as(before, DType::kBF16);
      matmul({.a = a, .b = b, .c = c, .transpose_b = true, .accumulate = true, .bias = bias},
             stream_);
      matmul({.a = a, .b = b, .c = narrow, .transpose_b = true, .bias = as(bias, DType::kBF16)},
             stream_);
      for (int64_t i = 0; i < c.elements(); ++i) {
        const float sum = plain.data<float>()[i] + bias.data<float>()[i % 70];
        EXPECT_NEAR(c.data<float>()[i], sum + before.data<float>()[i], 1e-5);
        EXPECT_NEAR(float(narrow.data<BFloat16>()[i]), sum, 0.01 * (1 + std::abs(sum)));
      }
    }
  }
}

// A float weight of another type than a: a may be rounded to bf16, nothing else.
TEST_F(StoredWeightsTest, FloatWeightsOfAnotherType) {
  for (const DType stored : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (const DType given : {DType::kF32, DType::kBF16}) {
      const Tensor b = as(random_tensor({67, 300}, 1), stored);
      for (const int64_t m : {1, 8, 9, 70}) {
        const Tensor a = as(random_tensor({m, 300}, 2), given);
        const Tensor exact = product(a.to_f32(), b.to_f32());
        const double bound = stored == DType::kBF16 && given == DType::kF32 ? 8e-3 : 3e-6;
        EXPECT_LT(relative_error(product(a, b), exact), bound) << name(stored) << " " << m;
      }
    }
  }
}

// Products of one input with weights of several types, started together.
TEST_F(StoredWeightsTest, ProductsTogetherEqualProductsAlone) {
  for (const int64_t m : {1, 4, 40}) {
    const Tensor a = random_tensor({m, 512}, 1);
    std::vector<Matmul> together;
    for (const DType dtype : {DType::kQ4_K, DType::kF16, DType::kQ6_K, DType::kQ4_0, DType::kF32}) {
      together.push_back({.a = a,
                          .b = random_weight({90, 512}, dtype, 2),
                          .c = Tensor({m, 90}, DType::kF32),
                          .transpose_b = true});
    }
    matmuls(together, stream_);
    for (const Matmul& one : together) EXPECT_TRUE(same_bits(one.c, product(a, one.b))) << m;
  }
}

TEST_F(StoredWeightsTest, EmbeddingRowsAreExact) {
  const Tensor ids = Tensor::from<int32_t>(std::vector<int32_t>{3, 0, 6, 3}, {4});
  std::vector<DType> types(kBlockTypes.begin(), kBlockTypes.end());
  types.insert(types.end(), {DType::kF32, DType::kBF16, DType::kF16});
  for (const DType dtype : types) {
    const Tensor weight = random_weight({7, 256}, dtype, 1);
    for (const DType wanted : {DType::kF32, DType::kBF16}) {
      Context context{stream_};
      const Tensor y = embedding(context, ids, Var(weight), wanted).value();
      const Tensor rows = as(weight, wanted);
      for (int64_t i = 0; i < 4; ++i) {
        EXPECT_TRUE(same_bits(y.rows(i, 1), rows.rows(ids.data<int32_t>()[i], 1))) << name(dtype);
      }
    }
  }
}

TEST_F(StoredWeightsTest, WhatCannotBeMultipliedIsNamed) {
  const Tensor a = random_tensor({2, 64}, 1), c({2, 8}, DType::kF32);
  const auto message = [&](const Matmul& args) {
    try {
      matmul(args, stream_);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(message({.a = a, .b = Tensor({64, 8}, DType::kQ8_0), .c = c}),
            "matmul: b is q8_0, expected f32");
  EXPECT_EQ(message({.a = random_tensor({2, 16}, 1),
                     .b = Tensor({8, 16}, DType::kQ8_0),
                     .c = c,
                     .transpose_b = true}),
            "matmul: b is q8_0 [8, 16] cpu, expected a matrix with rows of whole blocks of 32");
}

}  // namespace
}  // namespace fundi::ops
