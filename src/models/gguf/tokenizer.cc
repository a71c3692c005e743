#include "models/gguf/tokenizer.h"

#include <limits>
#include <utility>

#include "base/error.h"

namespace fundi::models {
namespace {

using formats::GgufMetadata;
using formats::GgufValue;
using text::GgufTokenType;
using text::GgufVocabulary;

std::string key_of(const char* name) { return std::string("tokenizer.ggml.") + name; }

// The members that hold one token's id, and their keys.
constexpr std::pair<const char*, std::optional<int32_t> GgufVocabulary::*> kIds[] = {
    {"bos_token_id", &GgufVocabulary::bos_id},
    {"eos_token_id", &GgufVocabulary::eos_id},
    {"eot_token_id", &GgufVocabulary::eot_id},
    {"unknown_token_id", &GgufVocabulary::unknown_id},
    {"padding_token_id", &GgufVocabulary::padding_id},
};
constexpr std::pair<const char*, std::optional<bool> GgufVocabulary::*> kFlags[] = {
    {"add_bos_token", &GgufVocabulary::add_bos},
    {"add_eos_token", &GgufVocabulary::add_eos},
    {"add_space_prefix", &GgufVocabulary::add_space_prefix},
};

}  // namespace

GgufVocabulary vocabulary_from_gguf(const GgufMetadata& metadata) {
  GgufVocabulary v;
  v.model = metadata.get<std::string>(key_of("model"));
  v.pre = metadata.get_optional<std::string>(key_of("pre")).value_or("");
  v.tokens = metadata.array<std::string>(key_of("tokens"));
  if (const auto* scores = metadata.find_array<double>(key_of("scores"))) {
    for (const double score : *scores) v.scores.push_back(static_cast<float>(score));
  }
  if (const auto* types = metadata.find_array<int64_t>(key_of("token_type"))) {
    for (const int64_t type : *types) v.token_types.push_back(static_cast<GgufTokenType>(type));
  }
  if (const auto* merges = metadata.find_array<std::string>(key_of("merges"))) v.merges = *merges;
  for (const auto& [name, member] : kIds) {
    const auto id = metadata.get_optional<int64_t>(key_of(name));
    // Some writers say 2^32 - 1 for none; what else is no token's id, the tokenizer refuses.
    if (!id || *id == std::numeric_limits<uint32_t>::max()) continue;
    v.*member =
        *id < 0 || *id > std::numeric_limits<int32_t>::max() ? -1 : static_cast<int32_t>(*id);
  }
  for (const auto& [name, member] : kFlags) {
    if (const auto flag = metadata.get_optional<bool>(key_of(name))) v.*member = *flag;
  }
  v.chat_template = metadata.get_optional<std::string>("tokenizer.chat_template");
  return v;
}

void vocabulary_to_gguf(const GgufVocabulary& vocabulary, int64_t rows, GgufMetadata& metadata) {
  GgufVocabulary v = vocabulary;
  const auto size = static_cast<size_t>(rows);
  for (const auto& [name, member] : kIds) {
    if (v.*member && *(v.*member) >= rows) {
      fail(ErrorCode::kUnsupported,
           "cannot be written as GGUF: token {} ({}) has no row in an embedding of {}",
           *(v.*member), name, rows);
    }
  }
  if (v.token_types.empty()) v.token_types.assign(v.tokens.size(), GgufTokenType::kNormal);
  for (size_t i = v.tokens.size(); i < size; ++i) v.tokens.push_back(fmt::format("[PAD{}]", i));
  v.tokens.resize(size);
  v.token_types.resize(size, GgufTokenType::kUnused);
  if (!v.scores.empty()) v.scores.resize(size, 0.0F);

  metadata.set(key_of("model"), GgufValue::string(v.model));
  if (!v.pre.empty()) metadata.set(key_of("pre"), GgufValue::string(v.pre));
  metadata.set(key_of("tokens"), GgufValue::strings(std::move(v.tokens)));
  if (!v.scores.empty()) {
    metadata.set(key_of("scores"), GgufValue::f32s({v.scores.begin(), v.scores.end()}));
  }
  std::vector<int64_t> types;
  for (const GgufTokenType type : v.token_types) types.push_back(static_cast<int64_t>(type));
  metadata.set(key_of("token_type"), GgufValue::i32s(types));
  if (!v.merges.empty()) {
    metadata.set(key_of("merges"), GgufValue::strings(std::move(v.merges)));
  }
  for (const auto& [name, member] : kIds) {
    if (!(v.*member)) continue;
    metadata.set(key_of(name), GgufValue::u32(static_cast<uint32_t>(*(v.*member))));
  }
  for (const auto& [name, member] : kFlags) {
    if (v.*member) metadata.set(key_of(name), GgufValue::boolean(*(v.*member)));
  }
  if (v.chat_template) {
    metadata.set("tokenizer.chat_template", GgufValue::string(*v.chat_template));
  }
}

}  // namespace fundi::models
