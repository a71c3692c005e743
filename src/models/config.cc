#include "models/config.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include "base/error.h"
#include "models/arch/all.h"

namespace fundi::models {
namespace {

constexpr size_t kMaxEosIds = 256;

// Keys that say who wrote the file, what a training or a Python run should do besides, or how a
// text is ended: none of them changes what the model computes.
constexpr auto kWithoutEffect = std::to_array<std::string_view>({
    "_attn_implementation",
    "_attn_implementation_autoset",
    "_commit_hash",
    "_name_or_path",
    "attention_dropout",
    "attn_implementation",
    "auto_map",
    "bad_words_ids",
    "decoder_start_token_id",
    "dtype",
    "finetuning_task",
    "id2label",
    "label2id",
    "max_sequence_length",
    "output_attentions",
    "output_hidden_states",
    "prefix",
    "problem_type",
    "return_dict",
    "sep_token_id",
    "task_specific_params",
    "tokenizer_class",
    "torch_dtype",
    "torchscript",
    "transformers.js_config",
    "transformers_version",
    "unsloth_fixed",
    "unsloth_version",
    "use_cache",
});

// Keys of every transformers config whose other values would be another model.
void check_fixed_keys(ConfigReader& reader) {
  reader.fixed("is_encoder_decoder", false);
  reader.fixed("is_decoder", false);
  reader.fixed("add_cross_attention", false);
  reader.fixed("cross_attention_hidden_size", nullptr);
  reader.fixed("chunk_size_feed_forward", 0);
}

// FP8 as DeepSeek publishes it is the one kind of quantised checkpoint that is read.
void read_quantisation(ConfigReader& reader, ModelConfig& config) {
  constexpr auto kOfOtherLoaders = std::to_array<std::string_view>(
      {"activation_scheme", "dequantize", "ignored_layers", "modules_to_not_convert"});
  constexpr int64_t kMaxBlock = int64_t{1} << 20;
  const Json* settings = reader.find("quantization_config");
  if (settings == nullptr) return;
  ConfigReader inner(*settings, reader.origin() + ": quantization_config");
  inner.fixed("quant_method", "fp8");
  inner.fixed("fmt", "e4m3");
  inner.ignore(kOfOtherLoaders);
  const Json* block = inner.find("weight_block_size");
  if (inner.find("quant_method") == nullptr || block == nullptr) {
    fail(ErrorCode::kUnsupported,
         "{} is not supported, only 'quant_method' fp8 with a 'weight_block_size'", inner.origin());
  }
  if (!block->is_array() || block->size() != 2) {
    fail(ErrorCode::kInvalidArgument, "{}: 'weight_block_size' must be two integers, not {}",
         inner.origin(), ConfigReader::shown(*block));
  }
  config.fp8.rows = inner.as_integer("weight_block_size", (*block)[0], 1, kMaxBlock);
  config.fp8.columns = inner.as_integer("weight_block_size", (*block)[1], 1, kMaxBlock);
  inner.finish();
}

void check_class(ConfigReader& reader, const Architecture& architecture) {
  const Json* classes = reader.find("architectures");
  if (classes == nullptr || (classes->is_array() && classes->empty())) return;
  const Json expected(std::string(architecture.class_name));
  if (classes->is_array() &&
      std::find(classes->begin(), classes->end(), expected) != classes->end())
    return;
  fail(ErrorCode::kUnsupported,
       "{}: 'architectures' = {} is not supported for model_type '{}', only {}", reader.origin(),
       ConfigReader::shown(*classes), architecture.model_type, architecture.class_name);
}

// Files of older converters write -1 for "none".
std::optional<int64_t> read_token(ConfigReader& reader, const char* key) {
  const Json* value = reader.find(key);
  if (value == nullptr) return std::nullopt;
  const int64_t id = reader.as_integer(key, *value, -1, std::numeric_limits<int32_t>::max());
  return id < 0 ? std::nullopt : std::optional(id);
}

void read_tokens(ConfigReader& reader, ModelConfig& config) {
  if (reader.find("bos_token_id")) config.bos_token_id = read_token(reader, "bos_token_id");
  if (reader.find("pad_token_id")) config.pad_token_id = read_token(reader, "pad_token_id");
  if (const Json* eos = reader.find("eos_token_id"); eos != nullptr && *eos != -1) {
    config.eos_token_ids = token_ids_from_json(*eos, reader.origin() + ": 'eos_token_id'");
  }
}

// Tokens that are not set are written as null: absent, transformers would assume some.
void write_tokens(const ModelConfig& config, Json& json) {
  const auto token = [](const std::optional<int64_t>& id) {
    return id ? Json(*id) : Json(nullptr);
  };
  json["bos_token_id"] = token(config.bos_token_id);
  json["eos_token_id"] = token_ids_to_json(config.eos_token_ids);
  json["pad_token_id"] = token(config.pad_token_id);
}

Json sorted_by_key(const Json& json) {
  std::map<std::string, Json> members;
  for (const auto& [key, value] : json.items()) members[key] = value;
  Json sorted;
  for (auto& [key, value] : members) sorted[key] = std::move(value);
  return sorted;
}

}  // namespace

std::vector<int64_t> token_ids_from_json(const Json& value, const std::string& origin) {
  std::vector<int64_t> ids;
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& item : list) {
    const bool valid = item.is_number_integer() && item >= 0 &&
                       item <= std::numeric_limits<int32_t>::max() && ids.size() < kMaxEosIds;
    if (!valid) {
      fail(ErrorCode::kInvalidArgument, "{} must be a token id or a list of at most {}, not {}",
           origin, kMaxEosIds, ConfigReader::shown(value));
    }
    const auto id = item.get<int64_t>();
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

Json token_ids_to_json(const std::vector<int64_t>& ids) {
  if (ids.empty()) return nullptr;
  if (ids.size() == 1) return ids.front();
  return ids;
}

ModelConfig ModelConfig::from_json(const Json& json, const std::string& origin) {
  ConfigReader reader(json, origin);
  const Json* type = reader.find("model_type");
  if (type == nullptr || !type->is_string()) {
    fail(ErrorCode::kInvalidArgument, "{}: 'model_type' is missing; it names the architecture",
         origin);
  }
  ModelConfig config;
  config.model_type = type->get<std::string>();
  const Architecture& architecture = architecture_of(config.model_type);
  check_class(reader, architecture);
  check_fixed_keys(reader);
  architecture.read_config(reader, config);
  read_quantisation(reader, config);
  read_tokens(reader, config);
  reader.ignore(kWithoutEffect);
  reader.finish();
  return config;
}

Json ModelConfig::to_json(std::string_view dtype) const {
  const Architecture& architecture = architecture_of(model_type);
  Json json;
  json["architectures"] = Json::array({std::string(architecture.class_name)});
  json["attention_dropout"] = 0.0;
  json["model_type"] = model_type;
  json["torch_dtype"] = std::string(dtype);  // the name that both transformers 4 and 5 read
  json["use_cache"] = true;
  write_tokens(*this, json);
  architecture.write_config(*this, json);
  return sorted_by_key(json);
}

}  // namespace fundi::models
