#include "text/tokenizer_roles.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace fundi::text {
namespace {

// A member that is present and not null.
const nlohmann::json* member(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

const std::string& text_of(const nlohmann::json* value, const std::string& where) {
  if (value == nullptr || !value->is_string()) {
    fail(ErrorCode::kCorruptData, "{}: must be a string", where);
  }
  return value->get_ref<const std::string&>();
}

std::optional<bool> flag(const nlohmann::json& root, const char* key, const std::string& where) {
  const auto* value = member(root, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) {
    fail(ErrorCode::kCorruptData, "{}: {}: must be true or false", where, key);
  }
  return value->get<bool>();
}

std::optional<std::string> chat_template(const nlohmann::json& root, const std::string& where) {
  const auto* templates = member(root, "chat_template");
  if (templates == nullptr) return std::nullopt;
  const std::string at = where + ": chat_template";
  if (!templates->is_array()) return text_of(templates, at);
  // Several named ones: the one called "default" counts, as in transformers.
  std::optional<std::string> result;
  for (const nlohmann::json& item : *templates) {
    if (!item.is_object()) fail(ErrorCode::kCorruptData, "{}: must hold objects", at);
    if (text_of(member(item, "name"), at + ": name") == "default") {
      result = text_of(member(item, "template"), at + ": template");
    }
  }
  return result;
}

// Not by simdjson, which rejects the 31-digit model_max_length that transformers writes; and not
// as fundi::Json, whose objects take quadratic time to fill.
void parse_config(const std::string& text, const std::string& where, const Vocabulary& vocabulary,
                  TokenizerRoles& roles) {
  nlohmann::json root;
  try {
    root = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorCode::kCorruptData, "{}: not valid JSON: {}", where, error.what());
  }
  if (!root.is_object()) fail(ErrorCode::kCorruptData, "{}: must be an object", where);
  const auto set = [&](const char* key, std::optional<int32_t>& role) {
    const auto* value = member(root, key);
    if (value == nullptr) return;
    const std::string at = fmt::format("{}: {}", where, key);
    const int32_t id =
        vocabulary.find(text_of(value->is_object() ? member(*value, "content") : value, at));
    role = id == TokenTable::kNone ? std::nullopt : std::optional(id);
  };
  set("bos_token", roles.bos);
  set("eos_token", roles.eos);
  set("pad_token", roles.pad);
  if (const auto value = flag(root, "add_bos_token", where)) roles.add_bos = value;
  if (const auto value = flag(root, "add_eos_token", where)) roles.add_eos = value;
  if (auto found = chat_template(root, where)) roles.chat_template = std::move(found);
}

Json token_map(const Tokenizer& tokenizer) {
  Json map = Json::object();
  if (const auto id = tokenizer.bos_id()) map["bos_token"] = tokenizer.token(*id);
  if (const auto id = tokenizer.eos_id()) map["eos_token"] = tokenizer.token(*id);
  if (const auto id = tokenizer.pad_id()) map["pad_token"] = tokenizer.token(*id);
  return map;
}

Json default_config(const Tokenizer& tokenizer) {
  Json config = token_map(tokenizer);
  config["clean_up_tokenization_spaces"] = false;
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  return config;
}

}  // namespace

TokenizerRoles parse_roles(const TokenizerFiles& files, const Vocabulary& vocabulary) {
  TokenizerRoles roles;
  // The config goes last: what it says wins over the map, and the template file over both.
  if (files.special_map) {
    parse_config(*files.special_map, files.origin + "/special_tokens_map.json", vocabulary, roles);
  }
  if (files.config) {
    parse_config(*files.config, files.origin + "/tokenizer_config.json", vocabulary, roles);
  }
  if (files.template_text) roles.chat_template = files.template_text;
  return roles;
}

void save_roles(const Tokenizer& tokenizer, const TokenizerFiles& files,
                const std::filesystem::path& directory) {
  write_file_atomic(directory / "tokenizer_config.json",
                    files.config ? *files.config : dump_json_pretty(default_config(tokenizer)));
  write_file_atomic(directory / "special_tokens_map.json",
                    files.special_map ? *files.special_map
                                      : dump_json_pretty(token_map(tokenizer)));
  if (const auto text = tokenizer.chat_template()) {
    write_file_atomic(directory / "chat_template.jinja", *text);
  }
}

}  // namespace fundi::text
