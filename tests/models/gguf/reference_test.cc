// Against files that llama.cpp's converter wrote from the same checkpoints.

#include "tests/models/gguf/gguf_testing.h"

namespace fundi::models {
namespace {

using testing::UnorderedElementsAreArray;

class GgufReferenceTest : public GgufModelsTest, public testing::WithParamInterface<const char*> {};

// 1 is added to the norms of Gemma for the file and taken away again, which rounds.
void expect_same_weights(Model& actual, Model& expected) {
  ASSERT_EQ(actual.parameters().size(), expected.parameters().size());
  for (size_t i = 0; i < actual.parameters().size(); ++i) {
    const Parameter& a = actual.parameters()[i];
    const Parameter& b = expected.parameters()[i];
    ASSERT_EQ(a.name, b.name);
    if (a.is_matrix) {
      EXPECT_TRUE(same_bits(a.var.value(), b.var.value())) << a.name;
    } else {
      EXPECT_LT(relative_error(a.var.value(), b.var.value()), 1e-5) << a.name;
    }
  }
}

// What GGUF files do not say: how fresh weights are drawn, a window that is not used, and whether
// llama was called mistral.
Json said(const ModelConfig& config) {
  Json json = config.to_json("float32");
  for (const char* key :
       {"architectures", "attention_bias", "initializer_range", "layer_types", "max_window_layers",
        "mlp_bias", "model_type", "pretraining_tp", "router_aux_loss_coef", "sliding_window"}) {
    json.erase(key);
  }
  return json;
}

// Of each layer; 0 where the window is as wide as the context.
std::vector<int64_t> windows(const ModelConfig& config) {
  std::vector<int64_t> sizes;
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const int64_t size = config.window.of(i);
    sizes.push_back(size < config.max_position_embeddings ? size : 0);
  }
  return sizes;
}

TEST_P(GgufReferenceTest, Reads) {
  const auto expected = load_model(folder_of(GetParam()), DType::kF32);
  const auto model = load_gguf_model(reference_of(GetParam()));
  expect_same_weights(*model, *expected);
  EXPECT_EQ(said(model->config()), said(expected->config()));
  EXPECT_EQ(windows(model->config()), windows(expected->config()));
  const auto dense = load_gguf_model(reference_of(GetParam()), DType::kBF16);
  EXPECT_EQ(dense->parameters().front().var.value().dtype(), DType::kBF16);
}

TEST_P(GgufReferenceTest, WritesTheSame) {
  const auto model = load_model(folder_of(GetParam()), DType::kF32);
  const auto written = formats::GgufFile::open(write(*model, "f32"));
  const auto reference = formats::GgufFile::open(reference_of(GetParam()));
  EXPECT_THAT(written.names(), UnorderedElementsAreArray(reference.names()));
  for (const std::string& name : reference.names()) {
    const Tensor a = written.tensor(name), b = reference.tensor(name);
    if (name == "rope_freqs.weight") {
      EXPECT_LT(relative_error(a, b), 1e-6);  // of quotients in f32
    } else {
      EXPECT_TRUE(same_bits(a, b)) << name << ": " << a.to_string() << ", " << b.to_string();
    }
  }
  for (const auto& [key, value] : reference.metadata().items()) {
    if (key.starts_with("general.") && key != "general.architecture") continue;
    const formats::GgufValue* found = written.metadata().find(key);
    ASSERT_NE(found, nullptr) << key;
    EXPECT_EQ(*found, value) << key;
  }
}

// Written by us and read again: the same logits.
TEST_P(GgufReferenceTest, ComesBack) {
  const auto model = load_model(folder_of(GetParam()), DType::kF32);
  const auto again = load_gguf_model(write(*model, "f32"));
  const std::vector<std::vector<int32_t>> documents{{3, 17, 39, 5, 9, 0, 1, 33, 33, 8}, {38, 2, 7}};
  EXPECT_LT(relative_error(logits(*again, documents), logits(*model, documents)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Families, GgufReferenceTest, testing::ValuesIn(kGgufCases),
                         [](const auto& p) { return std::string(p.param); });

}  // namespace
}  // namespace fundi::models
