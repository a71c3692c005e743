#include "models/directory.h"

#include <cstdlib>

#include "base/files.h"
#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

class DirectoryTest : public ModelsTest {
 protected:
  // The case's files in folder_, its tensors changed by `edit`.
  template <typename Edit>
  void copy_case(const std::string& name, const Edit& edit) {
    for (const char* file : {"config.json", "generation_config.json"}) {
      fs::copy(case_folder(name) / file, folder_ / file, fs::copy_options::overwrite_existing);
    }
    const auto source = formats::SafetensorsFile::open(case_folder(name) / "model.safetensors");
    std::vector<formats::NamedTensor> tensors;
    for (const std::string& tensor : source.names())
      tensors.push_back({tensor, source.tensor(tensor)});
    edit(tensors);
    formats::write_safetensors(folder_ / "model.safetensors", tensors);
  }
  void edit_json(const char* file, const char* key, const Json& value) {
    Json json = read_json(folder_ / file);
    json[key] = value;
    write_file_atomic(folder_ / file, dump_json(json));
  }
};

formats::NamedTensor& find(std::vector<formats::NamedTensor>& tensors, const std::string& name) {
  for (auto& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  throw std::runtime_error(name);
}

Tensor as(const Tensor& tensor, DType dtype) {
  Tensor result(tensor.shape(), dtype);
  convert_elements(tensor.raw(), tensor.dtype(), result.raw(), dtype, tensor.elements());
  return result;
}

void unchanged(std::vector<formats::NamedTensor>&) {}

TEST_F(DirectoryTest, SavesAndLoadsTheSameBits) {
  for (const char* name : kCases) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      const auto model = load_model(case_folder(name), dtype);
      save_model(*model, folder_);
      const auto again = load_model(folder_);
      EXPECT_EQ(again->dtype(), dtype);
      EXPECT_EQ(again->config().to_json(""), model->config().to_json(""));
      ASSERT_EQ(again->parameters().size(), model->parameters().size());
      for (size_t i = 0; i < model->parameters().size(); ++i) {
        const Parameter &a = model->parameters()[i], &b = again->parameters()[i];
        EXPECT_EQ(a.name, b.name);
        EXPECT_TRUE(same_bits(a.var.value(), b.var.value())) << a.name;
      }
    }
  }
}

// For check_transformers.py, which runs this test alone.
TEST_F(DirectoryTest, LeavesFilesForTransformers) {
  const char* target = std::getenv("FUNDI_SAVE_MODELS_TO");
  if (target == nullptr) GTEST_SKIP() << "only for check_transformers.py";
  for (const char* name : kCases) {
    fs::create_directories(fs::path(target) / name);
    save_model(*load_model(case_folder(name)), fs::path(target) / name, nullptr,
               {.shard_bytes = 20'000});
  }
}

TEST_F(DirectoryTest, SavesShardsInTheOrderOfTheParameters) {
  const auto model = load_model(case_folder("untied"));
  save_model(*model, folder_, nullptr, {.shard_bytes = 10'000});
  EXPECT_TRUE(fs::exists(folder_ / "model.safetensors.index.json"));
  const auto again = load_model(folder_);
  EXPECT_TRUE(same_bits(model->head().weight.value(), again->head().weight.value()));
  EXPECT_EQ(model->parameters().front().name, "model.embed_tokens.weight");
  EXPECT_EQ(model->parameters().back().name, "lm_head.weight");
  const Json generation = read_json(folder_ / "generation_config.json");
  EXPECT_EQ(generation["eos_token_id"], Json::array({59, 60}));
  EXPECT_EQ(generation["bos_token_id"], nullptr);
}

TEST_F(DirectoryTest, WeightsStayInTheFileUntilOwned) {
  const auto model = load_model(case_folder("tied"));
  for (const Parameter& p : model->parameters()) {
    EXPECT_TRUE(p.var.value().buffer()->external()) << p.name;
  }
  const Tensor before = model->head().weight.value();
  own_weights(*model);
  for (const Parameter& p : model->parameters()) {
    EXPECT_FALSE(p.var.value().buffer()->external()) << p.name;
  }
  EXPECT_TRUE(same_bits(before, model->head().weight.value()));
  EXPECT_EQ(model->head().weight.value().raw(), model->parameters().front().var.value().raw())
      << "tied";
}

TEST_F(DirectoryTest, KeepsOrConvertsF16) {
  const auto reference = load_model(case_folder("untied"));
  copy_case("untied", [](auto& tensors) {
    for (auto& t : tensors) {
      if (!t.name.ends_with("norm.weight")) t.tensor = as(t.tensor, DType::kF16);
    }
  });
  const auto kept = load_model(folder_);
  EXPECT_EQ(kept->dtype(), DType::kF32);
  EXPECT_EQ(default_cache_dtype(*kept), DType::kF16);
  for (const Parameter& p : kept->parameters()) {
    EXPECT_EQ(p.var.value().dtype(), p.is_matrix ? DType::kF16 : DType::kF32);
    EXPECT_TRUE(p.var.value().buffer()->external());
  }
  const std::vector<std::vector<int32_t>> documents{{3, 17, 42, 5}};
  EXPECT_LE(relative_error(logits(*kept, documents), logits(*reference, documents)), 1e-2);
  EXPECT_LE(relative_error(logits(*kept, documents),
                           logits(*load_model(folder_, DType::kF32), documents)),
            1e-5);
  fs::create_directory(folder_ / "again");
  save_model(*kept, folder_ / "again");
  EXPECT_EQ(read_json(folder_ / "again" / "config.json")["torch_dtype"], "float16");
  EXPECT_TRUE(
      same_bits(load_model(folder_ / "again")->head().weight.value(), kept->head().weight.value()));

  const auto trained = load_model_to_train(folder_);
  EXPECT_EQ(trained->dtype(), DType::kBF16);
  for (const Parameter& p : trained->parameters()) {
    EXPECT_EQ(p.var.value().dtype(), DType::kBF16);
    EXPECT_FALSE(p.var.value().buffer()->external());
  }
  EXPECT_LE(relative_error(trained->head().weight.value(), reference->head().weight.value()),
            1.0 / 128);
}

// Blocks of three by five: none of the shapes is a multiple.
TEST_F(DirectoryTest, DecodesFp8) {
  const std::string name = "model.layers.1.mlp.up_proj.weight";
  const Tensor codes({28, 20}, DType::kF8E4M3), scales({10, 4}, DType::kF32);
  for (int64_t i = 0; i < codes.elements(); ++i) {
    static_cast<uint8_t*>(codes.raw())[i] = static_cast<uint8_t>(i * 37 % 127);  // no NaN
  }
  for (int64_t i = 0; i < scales.elements(); ++i) scales.data<float>()[i] = 0.01f * float(i + 1);
  const auto make = [&](const Tensor& given) {
    copy_case("untied", [&](auto& tensors) {
      find(tensors, name).tensor = codes;
      tensors.push_back({name + "_scale_inv", given});
    });
    edit_json("config.json", "quantization_config",
              {{"quant_method", "fp8"}, {"fmt", "e4m3"}, {"weight_block_size", {3, 5}}});
  };
  make(scales);
  const auto model = load_model(folder_);
  for (const Parameter& p : model->parameters()) {
    if (p.name != name) continue;
    Tensor plain({28, 20}, DType::kF32);
    convert_elements(codes.raw(), codes.dtype(), plain.raw(), DType::kF32, codes.elements());
    for (int64_t i = 0; i < 28; ++i) {
      for (int64_t j = 0; j < 20; ++j) {
        const float want =
            plain.data<float>()[i * 20 + j] * scales.data<float>()[i / 3 * 4 + j / 5];
        EXPECT_EQ(p.var.value().data<float>()[i * 20 + j], want) << i << " " << j;
      }
    }
  }
  EXPECT_FALSE(model->config().to_json("float32").contains("quantization_config"));

  make(scales.reshape({4, 10}));
  expect_error(ErrorCode::kCorruptData, "'" + name + "_scale_inv' has shape [4, 10]",
               [&] { load_model(folder_); });
  copy_case("untied", [&](auto& tensors) { find(tensors, name).tensor = codes; });
  expect_error(ErrorCode::kUnsupported, "'" + name + "' is f8_e4m3", [&] { load_model(folder_); });
  edit_json("config.json", "quantization_config",
            {{"quant_method", "fp8"}, {"weight_block_size", {3, 5}}});
  expect_error(ErrorCode::kCorruptData, "'" + name + "_scale_inv' of shape [10, 4] is missing",
               [&] { load_model(folder_); });
}

TEST_F(DirectoryTest, IgnoresBuffersAndATiedHeadsCopy) {
  copy_case("tied", [](auto& tensors) {
    tensors.push_back({"lm_head.weight", find(tensors, "model.embed_tokens.weight").tensor});
    tensors.push_back(
        {"model.layers.0.self_attn.rotary_emb.inv_freq", Tensor::zeros({3}, DType::kF32)});
  });
  EXPECT_EQ(load_model(folder_)->parameters().size(), 2U + 2 * 9);
}

TEST_F(DirectoryTest, ReadsTheEosIdsOfTheGenerationConfig) {
  copy_case("tied", unchanged);
  edit_json("config.json", "eos_token_id", 5);
  edit_json("generation_config.json", "eos_token_id", {7, 5});
  EXPECT_THAT(load_model(folder_)->config().eos_token_ids, testing::ElementsAre(5, 7));
  edit_json("generation_config.json", "eos_token_id", "seven");
  expect_error(ErrorCode::kInvalidArgument, "generation_config.json", [&] { load_model(folder_); });
  fs::remove(folder_ / "generation_config.json");
  EXPECT_THAT(load_model(folder_)->config().eos_token_ids, testing::ElementsAre(5));
}

TEST_F(DirectoryTest, NamesTheTensorThatIsWrong) {
  const std::string name = "model.layers.1.mlp.up_proj.weight";
  copy_case("untied", [&](auto& tensors) {
    std::erase_if(tensors, [&](const auto& tensor) { return tensor.name == name; });
  });
  expect_error(ErrorCode::kCorruptData, "'" + name + "' of shape [28, 20] is missing",
               [&] { load_model(folder_); });

  copy_case("untied", [&](auto& tensors) {
    find(tensors, name).tensor = Tensor::zeros({20, 28}, DType::kF32);
  });
  expect_error(ErrorCode::kCorruptData, "'" + name + "' has shape [20, 28]",
               [&] { load_model(folder_); });

  copy_case("untied", [&](auto& tensors) {
    find(tensors, name).tensor = Tensor::zeros({28, 20}, DType::kI8);
  });
  expect_error(ErrorCode::kUnsupported, "'" + name + "' is i8", [&] { load_model(folder_); });

  copy_case("untied", [](auto& tensors) {
    tensors.push_back({"model.layers.2.mlp.up_proj.weight", Tensor::zeros({28, 20}, DType::kF32)});
  });
  expect_error(ErrorCode::kCorruptData, "'model.layers.2.mlp.up_proj.weight' is not part",
               [&] { load_model(folder_); });

  copy_case("bias", unchanged);
  edit_json("config.json", "attention_bias", false);
  expect_error(ErrorCode::kCorruptData, "_proj.bias' is not part", [&] { load_model(folder_); });

  copy_case("tied", unchanged);
  edit_json("config.json", "tie_word_embeddings", false);
  expect_error(ErrorCode::kCorruptData, "tie_word_embeddings", [&] { load_model(folder_); });
}

TEST_F(DirectoryTest, RefusesADamagedFolder) {
  expect_error(ErrorCode::kNotFound, "no such folder", [&] { load_model(folder_ / "absent"); });
  expect_error(ErrorCode::kNotFound, "config.json", [&] { load_model(folder_); });
  copy_case("untied", unchanged);
  edit_json("config.json", "layer_types", {"full"});
  expect_error(ErrorCode::kUnsupported, "layer_types", [&] { load_model(folder_); });
  write_file_atomic(folder_ / "config.json", "{\"model_type\": ");
  expect_error(ErrorCode::kCorruptData, "config.json", [&] { load_model(folder_); });
  copy_case("untied", unchanged);
  fs::resize_file(folder_ / "model.safetensors", 5000);
  expect_error(ErrorCode::kCorruptData, "model.safetensors", [&] { load_model(folder_); });
  fs::remove(folder_ / "model.safetensors");
  expect_error(ErrorCode::kNotFound, "model.safetensors", [&] { load_model(folder_); });
  expect_error(ErrorCode::kInvalidArgument, "f32 or bf16",
               [&] { load_model(case_folder("untied"), DType::kI32); });
}

TEST_F(DirectoryTest, EveryFamilyBeginsFromScratch) {
  const std::vector<int32_t> tokens{3, 17, 42, 5, 9};
  for (const char* name : kCases) {
    SCOPED_TRACE(name);
    const ModelConfig config = load_model(case_folder(name))->config();
    const auto model = initialize_model(config, DType::kBF16, 1);
    EXPECT_EQ(parameter_count(*model), parameter_count(*load_model(case_folder(name))));
    const fs::path saved = folder_ / name;
    fs::create_directory(saved);
    save_model(*model, saved);
    const auto again = load_model(saved);
    EXPECT_EQ(again->config().to_json(""), model->config().to_json(""));
    const Tensor fresh = logits(*model, {tokens});
    for (const float logit : fresh.span<float>()) ASSERT_TRUE(std::isfinite(logit));
    EXPECT_TRUE(same_bits(fresh, logits(*again, {tokens})));
  }
}

TEST_F(DirectoryTest, InitialWeightsDependOnSeedAndNameAlone) {
  ModelConfig config = load_model(case_folder("bias"))->config();
  config.hidden_size = 64;
  config.initializer_range = 0.1;
  const auto a = initialize_model(config, DType::kF32, 5);
  config.num_hidden_layers = 3;
  const auto b = initialize_model(config, DType::kF32, 5),
             c = initialize_model(config, DType::kF32, 6);
  EXPECT_TRUE(same_bits(a->head().weight.value(), b->head().weight.value()));
  EXPECT_FALSE(same_bits(b->head().weight.value(), c->head().weight.value()));

  const auto deviation = [](const Tensor& t) {
    double squares = 0;
    for (const float x : t.span<float>()) squares += double(x) * x;
    return std::sqrt(squares / double(t.elements()));
  };
  for (const Parameter& p : b->parameters()) {
    SCOPED_TRACE(p.name);
    const bool residual = p.name.ends_with("o_proj.weight") || p.name.ends_with("down_proj.weight");
    double size = residual ? 0.1 / std::sqrt(6.0) : 0.1;
    if (p.name.ends_with(".bias")) size = 0;
    if (p.name.ends_with("norm.weight")) size = 1;
    EXPECT_NEAR(deviation(p.var.value()), size, 0.1 * size);
    EXPECT_EQ(p.is_matrix, p.var.value().shape().rank() == 2);
    EXPECT_EQ(p.is_embedding, p.name == "model.embed_tokens.weight");
  }
  config.head_dim = 3;
  expect_error(ErrorCode::kInvalidArgument, "head_dim",
               [&] { initialize_model(config, DType::kF32, 1); });
  expect_error(ErrorCode::kInvalidArgument, "f32 or bf16",
               [&] { initialize_model(config, DType::kF16, 1); });
  EXPECT_THROW(initialize_model(ModelConfig{}, DType::kF32, 1), Error);
}

}  // namespace
}  // namespace fundi::models
