#include "models/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "models/arch/all.h"

namespace fundi::models {
namespace {

// Far above every published model, low enough that no product of two of them overflows.
constexpr int64_t kMaxVocabulary = int64_t{1} << 24;
constexpr int64_t kMaxWidth = int64_t{1} << 20;
constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxHeads = 1 << 14;
constexpr int64_t kMaxHeadDim = 1 << 14;
constexpr int64_t kMaxPositions = int64_t{1} << 30;
constexpr size_t kMaxEosIds = 256;

// Keys that say who wrote the file, what a training or a Python run should do besides, or how a
// text is ended: none of them changes what the model computes.
constexpr std::array kWithoutEffect{
    "_attn_implementation",
    "_attn_implementation_autoset",
    "_commit_hash",
    "_name_or_path",
    "attention_dropout",
    "attn_implementation",
    "bad_words_ids",
    "decoder_start_token_id",
    "dtype",
    "finetuning_task",
    "id2label",
    "is_llama_config",
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
};

// Keys whose other values would be another model: accepted only with the value that is ours.
struct FixedKey {
  const char* key;
  Json value;
};
const std::vector<FixedKey>& fixed_keys() {
  static const std::vector<FixedKey> keys{
      {"pretraining_tp", 1},          {"hidden_act", "silu"},
      {"rope_interleaved", false},    {"partial_rotary_factor", 1.0},
      {"is_encoder_decoder", false},  {"is_decoder", false},
      {"add_cross_attention", false}, {"cross_attention_hidden_size", nullptr},
      {"chunk_size_feed_forward", 0}, {"quantization_config", nullptr},
  };
  return keys;
}

// Typed access to the members of one object, remembering which were read. A member that is null
// counts as absent.
class Reader {
 public:
  Reader(const Json& json, std::string origin) : json_(json), origin_(std::move(origin)) {
    if (!json.is_object()) {
      fail(ErrorCode::kInvalidArgument, "{}: expected a JSON object of model settings", origin_);
    }
  }

  const Json* find(const char* key) {
    read_.insert(key);
    const auto it = json_.find(key);
    return it == json_.end() || it->is_null() ? nullptr : &*it;
  }

  int64_t required(const char* key, int64_t low, int64_t high) {
    const Json* value = find(key);
    if (value == nullptr) fail(ErrorCode::kInvalidArgument, "{}: '{}' is missing", origin_, key);
    return as_integer(key, *value, low, high);
  }
  int64_t integer(const char* key, int64_t low, int64_t high, int64_t fallback) {
    const Json* value = find(key);
    return value ? as_integer(key, *value, low, high) : fallback;
  }
  int64_t as_integer(const char* key, const Json& value, int64_t low, int64_t high) const {
    const bool fits =
        value.is_number_integer() &&
        !(value.is_number_unsigned() &&
          value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
    if (!fits || value.get<int64_t>() < low || value.get<int64_t>() > high) {
      fail(ErrorCode::kInvalidArgument, "{}: '{}' must be an integer from {} to {}, not {}",
           origin_, key, low, high, shown(value));
    }
    return value.get<int64_t>();
  }
  // In (low, high].
  double number(const char* key, double low, double high, double fallback) {
    const Json* value = find(key);
    if (value == nullptr) return fallback;
    const double number =
        value->is_number() ? value->get<double>() : std::numeric_limits<double>::quiet_NaN();
    if (!(number > low && number <= high)) {
      fail(ErrorCode::kInvalidArgument, "{}: '{}' must be a number above {} and at most {}, not {}",
           origin_, key, low, high, shown(*value));
    }
    return number;
  }
  bool boolean(const char* key, bool fallback) {
    const Json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) {
      fail(ErrorCode::kInvalidArgument, "{}: '{}' must be true or false, not {}", origin_, key,
           shown(*value));
    }
    return value->get<bool>();
  }

  // Throws for each member that was not read.
  void finish() const {
    for (const auto& [key, value] : json_.items()) {
      if (read_.contains(key)) continue;
      fail(ErrorCode::kUnsupported,
           "{}: key '{}' is not supported; the model might mean something that fundi would not "
           "compute. Remove the key only if you know that it has no effect",
           origin_, key);
    }
  }

  static std::string shown(const Json& value) {
    std::string text = dump_json(value);
    if (text.size() > 80) text = text.substr(0, 77) + "...";
    return text;
  }
  const std::string& origin() const { return origin_; }

 private:
  const Json& json_;
  std::string origin_;
  std::set<std::string, std::less<>> read_;
};

void check_fixed_keys(Reader& reader) {
  for (const FixedKey& fixed : fixed_keys()) {
    const Json* value = reader.find(fixed.key);
    if (value == nullptr || *value == fixed.value) continue;
    fail(ErrorCode::kUnsupported, "{}: '{}' = {} is not supported, only {}", reader.origin(),
         fixed.key, Reader::shown(*value), Reader::shown(fixed.value));
  }
}

void check_class(Reader& reader, const Architecture& architecture) {
  const Json* classes = reader.find("architectures");
  if (classes == nullptr || (classes->is_array() && classes->empty())) return;
  const Json expected(std::string(architecture.class_name));
  if (classes->is_array() &&
      std::find(classes->begin(), classes->end(), expected) != classes->end())
    return;
  fail(ErrorCode::kUnsupported,
       "{}: 'architectures' = {} is not supported for model_type '{}', only {}", reader.origin(),
       Reader::shown(*classes), architecture.model_type, architecture.class_name);
}

constexpr double kMaxTheta = 1e15;

// transformers 4 writes rope_theta and rope_scaling, transformers 5 one object rope_parameters.
double read_rope(Reader& reader) {
  const auto check_type = [&reader](const char* key, Reader& rope) {
    for (const char* name : {"rope_type", "type"}) {
      const Json* type = rope.find(name);
      if (type == nullptr || *type == "default") continue;
      fail(ErrorCode::kUnsupported, "{}: '{}' of type {} is not supported, only plain RoPE",
           reader.origin(), key, Reader::shown(*type));
    }
  };
  const bool has_theta = reader.find("rope_theta") != nullptr;
  double theta = reader.number("rope_theta", 0, kMaxTheta, 10000.0);
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    const Json* value = reader.find(key);
    if (value == nullptr) continue;
    Reader rope(*value, reader.origin() + ": " + key);
    check_type(key, rope);
    const double inner = rope.number("rope_theta", 0, kMaxTheta, theta);
    rope.number("partial_rotary_factor", 1.0 - 1e-12, 1.0, 1.0);
    rope.finish();
    if (has_theta && inner != theta) {
      fail(ErrorCode::kInvalidArgument, "{}: 'rope_theta' is {} but '{}' says {}", reader.origin(),
           theta, key, inner);
    }
    theta = inner;
  }
  return theta;
}

void read_heads(Reader& reader, ModelConfig& config) {
  config.num_attention_heads = reader.required("num_attention_heads", 1, kMaxHeads);
  config.num_key_value_heads =
      reader.integer("num_key_value_heads", 1, kMaxHeads, config.num_attention_heads);
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    fail(ErrorCode::kInvalidArgument,
         "{}: 'num_attention_heads' ({}) must be a multiple of 'num_key_value_heads' ({})",
         reader.origin(), config.num_attention_heads, config.num_key_value_heads);
  }
  if (reader.find("head_dim") == nullptr && config.hidden_size % config.num_attention_heads != 0) {
    fail(ErrorCode::kInvalidArgument,
         "{}: 'hidden_size' ({}) must be a multiple of 'num_attention_heads' ({}) where 'head_dim' "
         "is not given",
         reader.origin(), config.hidden_size, config.num_attention_heads);
  }
  config.head_dim =
      reader.integer("head_dim", 1, kMaxHeadDim, config.hidden_size / config.num_attention_heads);
  if (config.head_dim % 2 != 0 || config.head_dim * config.num_attention_heads > kMaxWidth) {
    fail(ErrorCode::kInvalidArgument,
         "{}: 'head_dim' ({}) must be even, and at most {} times the number of heads",
         reader.origin(), config.head_dim, kMaxWidth);
  }
}

// Files of older converters write -1 for "none".
std::optional<int64_t> read_token(Reader& reader, const char* key) {
  const Json* value = reader.find(key);
  if (value == nullptr) return std::nullopt;
  const int64_t id = reader.as_integer(key, *value, -1, std::numeric_limits<int32_t>::max());
  return id < 0 ? std::nullopt : std::optional(id);
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
           origin, kMaxEosIds, Reader::shown(value));
    }
    const auto id = item.get<int64_t>();
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

ModelConfig ModelConfig::from_json(const Json& json, const std::string& origin) {
  Reader reader(json, origin);
  const Json* type = reader.find("model_type");
  if (type == nullptr || !type->is_string()) {
    fail(ErrorCode::kInvalidArgument, "{}: 'model_type' is missing; it names the architecture",
         origin);
  }
  ModelConfig config;
  config.model_type = type->get<std::string>();
  check_class(reader, architecture_of(config.model_type));
  check_fixed_keys(reader);

  config.vocab_size = reader.required("vocab_size", 1, kMaxVocabulary);
  config.hidden_size = reader.required("hidden_size", 1, kMaxWidth);
  config.intermediate_size = reader.required("intermediate_size", 1, kMaxWidth);
  config.num_hidden_layers = reader.required("num_hidden_layers", 1, kMaxLayers);
  read_heads(reader, config);
  config.max_position_embeddings =
      reader.integer("max_position_embeddings", 1, kMaxPositions, config.max_position_embeddings);
  config.rms_norm_eps = reader.number("rms_norm_eps", 0, 1, config.rms_norm_eps);
  config.rope_theta = read_rope(reader);
  config.tie_word_embeddings = reader.boolean("tie_word_embeddings", false);
  config.attention_bias = reader.boolean("attention_bias", false);
  config.mlp_bias = reader.boolean("mlp_bias", false);
  config.initializer_range =
      reader.number("initializer_range", -1e-300, 1e3, config.initializer_range);

  config.bos_token_id = read_token(reader, "bos_token_id");
  config.pad_token_id = read_token(reader, "pad_token_id");
  if (const Json* eos = reader.find("eos_token_id"); eos != nullptr && *eos != -1) {
    config.eos_token_ids = token_ids_from_json(*eos, origin + ": 'eos_token_id'");
  }
  for (const char* key : kWithoutEffect) reader.find(key);
  reader.finish();
  return config;
}

Json token_ids_to_json(const std::vector<int64_t>& ids) {
  if (ids.empty()) return nullptr;
  if (ids.size() == 1) return ids.front();
  return ids;
}

Json ModelConfig::to_json(std::string_view dtype) const {
  const auto token = [](const std::optional<int64_t>& id) {
    return id ? Json(*id) : Json(nullptr);
  };
  const int64_t heads = std::max<int64_t>(num_attention_heads, 1);
  const int64_t kv_heads = num_key_value_heads ? num_key_value_heads : num_attention_heads;
  // Tokens that are not set are written as null: absent, transformers would assume 1 and 2.
  // rope_theta and torch_dtype are the names that both transformers 4 and 5 read.
  Json json;
  json["architectures"] = Json::array({std::string(architecture_of(model_type).class_name)});
  json["attention_bias"] = attention_bias;
  json["attention_dropout"] = 0.0;
  json["bos_token_id"] = token(bos_token_id);
  json["eos_token_id"] = token_ids_to_json(eos_token_ids);
  json["head_dim"] = head_dim ? head_dim : hidden_size / heads;
  json["hidden_act"] = "silu";
  json["hidden_size"] = hidden_size;
  json["initializer_range"] = initializer_range;
  json["intermediate_size"] = intermediate_size;
  json["max_position_embeddings"] = max_position_embeddings;
  json["mlp_bias"] = mlp_bias;
  json["model_type"] = model_type;
  json["num_attention_heads"] = num_attention_heads;
  json["num_hidden_layers"] = num_hidden_layers;
  json["num_key_value_heads"] = kv_heads;
  json["pad_token_id"] = token(pad_token_id);
  json["pretraining_tp"] = 1;
  json["rms_norm_eps"] = rms_norm_eps;
  json["rope_scaling"] = nullptr;
  json["rope_theta"] = rope_theta;
  json["tie_word_embeddings"] = tie_word_embeddings;
  json["torch_dtype"] = std::string(dtype);
  json["use_cache"] = true;
  json["vocab_size"] = vocab_size;
  return json;
}

}  // namespace fundi::models
