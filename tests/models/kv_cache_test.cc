#include "models/kv_cache.h"

#include "models/directory.h"
#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

class KvCacheTest : public ModelsTest {
 protected:
  // A fresh model of a case's family with heads of whole blocks.
  static std::unique_ptr<Model> wide_heads(const char* name) {
    ModelConfig config = load_model(case_folder(name))->config();
    config.initializer_range = 0.15;
    if (config.mla.kv_lora_rank > 0) {
      config.mla.kv_lora_rank = config.mla.qk_rope_head_dim = 32;
    } else {
      config.head_dim = 32;
    }
    return initialize_model(config, DType::kF32, 3);
  }

  // Logits of the last token, the others having gone through a cache in two pieces.
  Tensor last_logits(Model& model, DType dtype) {
    const std::vector<int32_t> tokens{3, 17, 42, 5, 9, 60, 1, 33, 33, 8, 21};
    const std::span<const int32_t> all(tokens);
    KvCache cache(model.kv_layout(), dtype, 2);
    logits(model, Batch::continuing({all.first(6)}, {&cache}));
    logits(model, Batch::continuing({all.subspan(6, 4)}, {&cache}));
    return logits(model, Batch::continuing({all.last(1)}, {&cache}));
  }
};

TEST_F(KvCacheTest, EveryTypeIsNearF32) {
  for (const char* name : {"qwen3", "gemma3", "deepseek_v3"}) {
    SCOPED_TRACE(name);
    const auto model = wide_heads(name);
    const Tensor exact = last_logits(*model, DType::kF32);
    EXPECT_LE(relative_error(last_logits(*model, DType::kF16), exact), 5e-3);
    EXPECT_LE(relative_error(last_logits(*model, DType::kBF16), exact), 4e-2);
    EXPECT_LE(relative_error(last_logits(*model, DType::kQ8_0), exact), 4e-2);
    EXPECT_FALSE(same_bits(last_logits(*model, DType::kQ8_0), exact));
  }
}

TEST_F(KvCacheTest, HoldsWhatTheLayoutSays) {
  const auto grouped = load_model(case_folder("untied"));
  EXPECT_EQ(grouped->kv_layout(), (std::vector<KvLayout>(2, {2, 6, 6})));
  const auto latent = load_model(case_folder("deepseek_v3"));
  EXPECT_EQ(latent->kv_layout(), (std::vector<KvLayout>(3, {1, 12, 0})));
  const KvCache cache(latent->kv_layout(), DType::kBF16, 10);
  EXPECT_EQ(cache.bytes(), 3U * 10 * 12 * 2);
  EXPECT_FALSE(cache.v(0).defined());
}

TEST_F(KvCacheTest, RefusesTypesThatDoNotFit) {
  const std::vector<KvLayout> layout{{2, 48, 48}};
  expect_error(ErrorCode::kInvalidArgument, "multiple of 32",
               [&] { KvCache(layout, DType::kQ8_0); });
  expect_error(ErrorCode::kInvalidArgument, "not i32", [&] { KvCache(layout, DType::kI32); });
}

}  // namespace
}  // namespace fundi::models
