#include "models/gguf/quantisation.h"

#include "tests/models/gguf/gguf_testing.h"

namespace fundi::models {
namespace {

DType dtype_in(const char* type, const char* name, Shape shape = {512, 512}, int64_t layer = -1,
               bool tied = false) {
  return gguf_dtype(gguf_file_type(type),
                    {.name = name, .shape = shape, .layer = layer, .layers = 32, .tied = tied});
}

TEST(GgufQuantisationTest, VectorsNormsAndRoutersStay) {
  for (const GgufFileType& type : gguf_file_types()) {
    EXPECT_EQ(dtype_in(type.name.data(), "blk.0.attn_q.bias", {512}), DType::kF32);
    EXPECT_EQ(dtype_in(type.name.data(), "blk.0.attn_q_norm.weight", {2, 256}), DType::kF32);
    EXPECT_EQ(dtype_in(type.name.data(), "blk.0.ffn_gate_inp.weight"), DType::kF32);
    EXPECT_EQ(dtype_in(type.name.data(), "rope_freqs.weight", {64}), DType::kF32);
    EXPECT_EQ(dtype_in(type.name.data(), "blk.0.attn_q.weight"), type.matrices) << type.name;
  }
}

// llama.cpp's mix: an eighth of the layers at each end, every third between.
TEST(GgufQuantisationTest, MixHasMoreBitsWhereErrorsWeighMost) {
  std::string pattern;
  for (int64_t layer = 0; layer < 32; ++layer) {
    const DType v = dtype_in("q4_k_m", "blk.0.attn_v.weight", {512, 512}, layer);
    EXPECT_EQ(v, dtype_in("q4_k_m", "blk.0.ffn_down.weight", {512, 512}, layer));
    EXPECT_EQ(v, dtype_in("q4_k_m", "blk.0.ffn_down_exps.weight", {8, 512, 512}, layer));
    EXPECT_EQ(DType::kQ4_K, dtype_in("q4_k_m", "blk.0.attn_k.weight", {512, 512}, layer));
    EXPECT_EQ(DType::kQ4_K, dtype_in("q4_k", "blk.0.attn_v.weight", {512, 512}, layer));
    pattern += v == DType::kQ6_K ? '6' : '4';
  }
  EXPECT_EQ(pattern, "66664464464464464464464464466666");
}

TEST(GgufQuantisationTest, TheHeadHasMoreBits) {
  EXPECT_EQ(dtype_in("q4_k_m", "output.weight"), DType::kQ6_K);
  EXPECT_EQ(dtype_in("q4_0", "output.weight"), DType::kQ6_K);
  EXPECT_EQ(dtype_in("q8_0", "output.weight"), DType::kQ8_0);
  EXPECT_EQ(dtype_in("q4_k_m", "token_embd.weight"), DType::kQ4_K);
  EXPECT_EQ(dtype_in("q4_k_m", "token_embd.weight", {512, 512}, -1, true), DType::kQ6_K);
}

TEST(GgufQuantisationTest, FallsBackWhereRowsDoNotFillBlocks) {
  EXPECT_EQ(dtype_in("q4_k", "blk.0.attn_q.weight", {512, 640}), DType::kQ5_0);
  EXPECT_EQ(dtype_in("q6_k", "blk.0.attn_q.weight", {512, 640}), DType::kQ8_0);
  EXPECT_EQ(dtype_in("q4_k_m", "blk.0.attn_v.weight", {512, 640}, 0), DType::kQ8_0);
  EXPECT_EQ(dtype_in("q4_k_m", "output.weight", {512, 640}), DType::kQ8_0);
  EXPECT_EQ(dtype_in("q4_0", "blk.0.attn_q.weight", {512, 24}), DType::kF16);
  EXPECT_EQ(dtype_in("q8_0", "blk.0.attn_q.weight", {512, 24}), DType::kF16);
  EXPECT_EQ(dtype_in("q4_k", "blk.0.attn_q.weight", {512, 24}), DType::kF16);
}

TEST(GgufQuantisationTest, UnknownTypes) {
  expect_error(ErrorCode::kInvalidArgument, "'q3_k', only as f32, f16, bf16, q8_0, q4_0, q4_k",
               [] { gguf_file_type("q3_k"); });
}

}  // namespace
}  // namespace fundi::models
