#include "tensor/blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel.h"
#include "tensor/tensor.h"

namespace fundi {
namespace {

using ::testing::HasSubstr;

constexpr DType kBlockTypes[] = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1,
                                 DType::kQ8_0, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};
constexpr DType kWritten[] = {DType::kQ4_0, DType::kQ5_0, DType::kQ8_0, DType::kQ4_K, DType::kQ6_K};

std::string fixture(const std::string& name) { return read_file(fs::path(FUNDI_TEST_DATA) / name); }

std::vector<float> decode(DType dtype, const void* blocks, int64_t n) {
  std::vector<float> x(n);
  convert_elements(blocks, dtype, x.data(), DType::kF32, n);
  return x;
}

std::string encode(DType dtype, const std::vector<float>& x) {
  std::string blocks(byte_size(dtype, x.size()), '\0');
  convert_elements(x.data(), DType::kF32, blocks.data(), dtype, x.size());
  return blocks;
}

double squared_error(const std::vector<float>& x, const std::vector<float>& y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += (double(x[i]) - y[i]) * (double(x[i]) - y[i]);
  return sum;
}

std::vector<float> normal(int64_t n, float deviation, uint32_t seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> distribution(0, deviation);
  std::vector<float> x(n);
  for (float& value : x) value = distribution(engine);
  return x;
}

// Against the values that the gguf package decodes: the same bits, from any address.
TEST(Blocks, DecodeAsTheReferenceDoes) {
  for (const DType dtype : kBlockTypes) {
    const std::string file = fixture(std::string(name(dtype)) + ".decode.bin");
    const int64_t n = 6 * info(dtype).block_elements;
    const size_t bytes = byte_size(dtype, n);
    ASSERT_EQ(file.size(), bytes + 4 * n) << name(dtype);
    std::string shifted = "x" + file;
    const auto values = decode(dtype, shifted.data() + 1, n);
    EXPECT_EQ(std::memcmp(values.data(), file.data() + bytes, 4 * n), 0) << name(dtype);
    const Tensor tensor({6, n / 6}, dtype);
    std::memcpy(tensor.raw(), file.data(), bytes);
    EXPECT_EQ(std::memcmp(tensor.to_f32().raw(), file.data() + bytes, 4 * n), 0) << name(dtype);
    const auto last = tensor.rows(5, 1).to_f32();
    EXPECT_EQ(std::memcmp(last.raw(), values.data() + 5 * n / 6, 4 * n / 6), 0) << name(dtype);
  }
}

TEST(Blocks, EncodeTheReferenceBits) {
  for (const DType dtype : {DType::kQ4_0, DType::kQ5_0, DType::kQ8_0}) {
    const std::string file = fixture(std::string(name(dtype)) + ".encode.bin");
    std::vector<float> x(32 * 32);
    std::memcpy(x.data(), file.data(), 4 * x.size());
    EXPECT_EQ(encode(dtype, x), file.substr(4 * x.size())) << name(dtype);
  }
}

// Squared errors of ggml's own quantisers on the same elements, recorded in the fixture.
TEST(Blocks, KQuantisersAreNoWorseThanTheReference) {
  const std::string file = fixture("errors.bin");
  std::vector<float> x(8192);
  std::memcpy(x.data(), file.data(), 4 * x.size());
  double theirs[4];
  ASSERT_EQ(file.size(), 4 * x.size() + sizeof(theirs));
  std::memcpy(theirs, file.data() + 4 * x.size(), sizeof(theirs));
  const double* expected = theirs;
  for (const DType dtype : {DType::kQ4_K, DType::kQ6_K}) {
    for (const int64_t begin : {0, 4096}) {
      const std::vector<float> part(x.begin() + begin, x.begin() + begin + 4096);
      const auto back = decode(dtype, encode(dtype, part).data(), part.size());
      const double error = squared_error(part, back);
      EXPECT_LE(error, *expected) << name(dtype) << " from " << begin;
      EXPECT_GT(error, *expected * 0.5) << "is this the same type?";
      ++expected;
    }
  }
}

TEST(Blocks, F8E4M3) {
  const std::string file = fixture("f8_e4m3.decode.bin");
  const auto values = decode(DType::kF8E4M3, file.data(), 256);
  for (int i = 0; i < 256; ++i) {
    float expected;
    std::memcpy(&expected, file.data() + 256 + 4 * i, 4);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(values[i])) << i;
    } else {
      EXPECT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(expected)) << i;
    }
  }
}

// What is exactly representable comes back exactly.
TEST(Blocks, ExactCases) {
  for (const DType dtype : kWritten) {
    const std::vector<float> zeros(512, 0.0F);
    EXPECT_EQ(decode(dtype, encode(dtype, zeros).data(), 512), zeros) << name(dtype);
  }
  std::vector<float> steps(256);
  for (int i = 0; i < 256; ++i) steps[i] = static_cast<float>(i % 16 - 8) * 0.5F;
  for (const DType dtype : {DType::kQ4_0, DType::kQ5_0, DType::kQ4_K, DType::kQ6_K}) {
    const auto back = decode(dtype, encode(dtype, steps).data(), 256);
    for (int i = 0; i < 256; ++i) {
      EXPECT_NEAR(back[i], steps[i], dtype == DType::kQ4_K ? 0.03 : 1e-3) << name(dtype);
    }
  }
}

TEST(Blocks, DegenerateBlocksStayFinite) {
  std::vector<std::vector<float>> cases;
  cases.emplace_back(256, 1e-42F);  // subnormal
  cases.emplace_back(256, -3.0F);
  cases.emplace_back(256, 65504.0F);
  cases.emplace_back(256, 0.0F);
  cases.back()[77] = -65504.0F;
  cases.push_back(normal(256, 1e-7F, 1));
  cases.push_back(normal(256, 1e4F, 2));
  for (const DType dtype : kWritten) {
    for (size_t c = 0; c < cases.size(); ++c) {
      const auto back = decode(dtype, encode(dtype, cases[c]).data(), 256);
      float largest = 0;
      for (const float v : cases[c]) largest = std::max(largest, std::fabs(v));
      for (int i = 0; i < 256; ++i) {
        ASSERT_NEAR(back[i], cases[c][i], largest / 6 + 1e-6F) << name(dtype) << " case " << c;
      }
    }
  }
}

TEST(Blocks, RefuseWhatTheyCannotHold) {
  for (const DType dtype : kWritten) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -7e4F}) {
      std::vector<float> x(256, 1.0F);
      x[200] = bad;
      try {
        encode(dtype, x);
        ADD_FAILURE() << "nothing was thrown";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
        EXPECT_THAT(error.what(), HasSubstr("must be finite"));
      }
    }
  }
  float x[256] = {};
  char out[1024];
  EXPECT_THROW(convert_elements(x, DType::kF32, out, DType::kQ4_1, 32), Error);
  EXPECT_THROW(convert_elements(x, DType::kF32, out, DType::kQ4_K, 32), Error);
  EXPECT_THROW(convert_elements(x, DType::kF32, out, DType::kF8E4M3, 32), Error);
  EXPECT_THROW(convert_elements(out, DType::kQ8_0, x, DType::kF32, 31), Error);
}

// Through every float type, equal for any number of threads, at sizes that split.
TEST(Blocks, OtherFloatTypesGoThroughF32) {
  const int64_t n = 65536 + 512;
  const auto x = normal(n, 0.02F, 5);
  const int threads = thread_count();
  for (const DType dtype : kWritten) {
    const std::string blocks = encode(dtype, x);
    const auto values = decode(dtype, blocks.data(), n);
    set_thread_count(2);
    EXPECT_EQ(encode(dtype, x), blocks) << name(dtype);
    set_thread_count(threads);
    for (const DType narrow : {DType::kBF16, DType::kF16}) {
      std::vector<uint16_t> direct(n), expected(n);
      convert_elements(blocks.data(), dtype, direct.data(), narrow, n);
      convert_elements(values.data(), DType::kF32, expected.data(), narrow, n);
      EXPECT_EQ(direct, expected) << name(dtype);
      std::vector<float> wide(n);
      convert_elements(direct.data(), narrow, wide.data(), DType::kF32, n);
      std::string again(blocks.size(), '\0');
      convert_elements(direct.data(), narrow, again.data(), dtype, n);
      EXPECT_EQ(again, encode(dtype, wide)) << name(dtype);
    }
  }
  const std::string blocks = encode(DType::kQ6_K, x);
  std::string again(byte_size(DType::kQ4_K, n), '\0');  // from blocks to blocks
  convert_elements(blocks.data(), DType::kQ6_K, again.data(), DType::kQ4_K, n);
  EXPECT_EQ(again, encode(DType::kQ4_K, decode(DType::kQ6_K, blocks.data(), n)));
}

}  // namespace
}  // namespace fundi
