#include "text/hf_tokenizer.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "text/byte_alphabet.h"
#include "text/utf8.h"

namespace fundi::text {

HfTokenizer::HfTokenizer(TokenizerFiles files) : files_(std::move(files)) {
  parse_tokenizer();
  build_bytes();
  // The config goes last: what it says wins over the map, and the template file over both.
  if (files_.special_map) parse_config(*files_.special_map, "special_tokens_map.json");
  if (files_.config) parse_config(*files_.config, "tokenizer_config.json");
  if (files_.template_text) chat_template_ = files_.template_text;
}

void HfTokenizer::parse_tokenizer() {
  simdjson::dom::parser parser;
  const JsonReader root =
      parse_large_json(parser, files_.tokenizer_json, files_.origin + "/tokenizer.json");
  if (root.has("normalizer")) normalizer_ = Normalizer::parse(root.child("normalizer"));
  if (root.has("pre_tokenizer")) pre_tokenizer_ = PreTokenizer::parse(root.child("pre_tokenizer"));
  const JsonReader model = root.child("model");
  model_ = parse_word_model(model, vocabulary_);
  if (!pre_tokenizer_.byte_level()) {
    root.unsupported("pre_tokenizer has no ByteLevel; only byte-level tokenizers are supported");
  }
  if (root.has("added_tokens")) added_.parse(root.child("added_tokens"), normalizer_, vocabulary_);
  if (vocabulary_.spelled.size() == 0) model.corrupt("the vocabulary is empty");
  if (root.has("post_processor")) parse_post_processor(root.child("post_processor"), 0);
  parse_decoder(root.child("decoder"));
}

void HfTokenizer::parse_post_processor(const JsonReader& json, int depth) {
  const std::string_view type = json.child("type").string();
  if (type == "ByteLevel") return;  // changes offsets only
  if (type == "TemplateProcessing") {
    parse_template(json);
  } else if (type == "Sequence" && depth == 0) {
    const JsonReader list = json.child("processors");
    size_t index = 0;
    for (const auto element : list.array()) {
      parse_post_processor(list.item(index++, element), depth + 1);
    }
  } else {
    json.unsupported(fmt::format(
        "post-processor '{}' is not supported; supported are ByteLevel, TemplateProcessing and a "
        "Sequence of them",
        type));
  }
}

void HfTokenizer::parse_template(const JsonReader& json) {
  if (!prefix_.empty() || !suffix_.empty()) json.unsupported("a second TemplateProcessing");
  const JsonReader single = json.child("single");
  bool text_seen = false;
  size_t index = 0;
  for (const auto element : single.array()) {
    const JsonReader piece = single.item(index++, element);
    if (piece.has("Sequence")) {
      if (text_seen) piece.unsupported("the text stands twice in the template");
      text_seen = true;
      continue;
    }
    const std::string_view name = piece.child("SpecialToken").child("id").string();
    const JsonReader ids = json.child("special_tokens").child(name).child("ids");
    size_t id_index = 0;
    for (const auto value : ids.array()) {
      const JsonReader item = ids.item(id_index++, value);
      const int64_t id = item.integer();
      if (id < 0 || id >= vocab_size() || !vocabulary_.spelled.has(static_cast<int32_t>(id))) {
        item.corrupt(fmt::format("no token has the id {}", id));
      }
      (text_seen ? suffix_ : prefix_).push_back(static_cast<int32_t>(id));
    }
  }
  if (!text_seen) single.corrupt("the template has no place for the text");
}

void HfTokenizer::parse_decoder(const JsonReader& json) {
  const std::string_view type = json.child("type").string();
  if (type == "ByteLevel") return;
  if (type == "Sequence") {
    const JsonReader list = json.child("decoders");
    const auto decoders = list.array();
    if (decoders.size() == 1) {
      const JsonReader only = list.item(0, decoders.at(0));
      if (only.child("type").string() == "ByteLevel") return;
    }
  }
  json.unsupported(fmt::format("decoder '{}' is not supported; supported is ByteLevel", type));
}

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

}  // namespace

// Not by simdjson, which rejects the 31-digit model_max_length that transformers writes; and not
// as fundi::Json, whose objects take quadratic time to fill.
void HfTokenizer::parse_config(const std::string& text, const std::string& file) {
  const std::string where = files_.origin + "/" + file;
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
    role = token_id(text_of(value->is_object() ? member(*value, "content") : value, at));
  };
  set("bos_token", bos_);
  set("eos_token", eos_);
  set("pad_token", pad_);

  const auto* templates = member(root, "chat_template");
  if (templates == nullptr) return;
  const std::string at = where + ": chat_template";
  if (!templates->is_array()) {
    chat_template_ = text_of(templates, at);
    return;
  }
  // Several named ones: the one called "default" counts, as in transformers.
  for (const nlohmann::json& item : *templates) {
    if (!item.is_object()) fail(ErrorCode::kCorruptData, "{}: must hold objects", at);
    if (text_of(member(item, "name"), at + ": name") == "default") {
      chat_template_ = text_of(member(item, "template"), at + ": template");
    }
  }
}

void HfTokenizer::build_bytes() {
  for (int32_t id = 0; id < vocab_size(); ++id) {
    if (!vocabulary_.spelled.has(id)) continue;
    const std::string_view spelled = vocabulary_.spelled.at(id);
    // Text outside the alphabet stands for itself; so does an added token.
    const auto bytes = added_.find(id) ? std::nullopt : unspell_bytes(spelled);
    bytes_.set(id, bytes ? *bytes : spelled);
  }
}

std::vector<int32_t> HfTokenizer::encode(std::string_view text, bool add_special_tokens,
                                         bool allow_special) const {
  std::vector<int32_t> ids;
  ids.reserve(text.size() / 4 + 8);
  if (add_special_tokens) ids = prefix_;
  std::string repaired;
  if (find_invalid_utf8(text) != std::string_view::npos) {
    repaired = replace_invalid_utf8(text);
    text = repaired;
  }
  for (const auto& piece : added_.cut(text, false, allow_special)) {
    if (piece.id >= 0) {
      ids.push_back(piece.id);
    } else if (normalizer_.identity()) {
      encode_section(piece.text, allow_special, ids);
    } else {
      encode_section(normalizer_.apply(piece.text), allow_special, ids);
    }
  }
  if (add_special_tokens) ids.insert(ids.end(), suffix_.begin(), suffix_.end());
  return ids;
}

void HfTokenizer::encode_section(std::string_view text, bool allow_special,
                                 std::vector<int32_t>& ids) const {
  const PreTokenizer::Sink sink = [&](std::string_view word) { model_->encode(word, ids); };
  if (!added_.any(true)) return pre_tokenizer_.split(text, sink);
  for (const auto& piece : added_.cut(text, true, allow_special)) {
    if (piece.id >= 0) {
      ids.push_back(piece.id);
    } else {
      pre_tokenizer_.split(piece.text, sink);
    }
  }
}

std::string HfTokenizer::decode(std::span<const int32_t> ids, bool skip_special) const {
  std::string bytes;
  for (const int32_t id : ids) {
    if (!bytes_.has(id) || (skip_special && is_special(id))) continue;
    bytes.append(bytes_.at(id));
  }
  if (find_invalid_utf8(bytes) == std::string_view::npos) return bytes;
  return replace_invalid_utf8(bytes);
}

std::string HfTokenizer::token_bytes(int32_t id) const {
  return bytes_.has(id) && !is_special(id) ? std::string(bytes_.at(id)) : std::string();
}

std::optional<int32_t> HfTokenizer::token_id(std::string_view token) const {
  const int32_t id = vocabulary_.by_spelling.find(vocabulary_.spelled, token);
  return id == TokenTable::kNone ? std::nullopt : std::optional(id);
}

std::string HfTokenizer::token(int32_t id) const {
  if (!vocabulary_.spelled.has(id)) {
    fail(ErrorCode::kInvalidArgument, "{}: no token has the id {}", files_.origin, id);
  }
  return std::string(vocabulary_.spelled.at(id));
}

bool HfTokenizer::is_special(int32_t id) const {
  const AddedToken* token = added_.find(id);
  return token != nullptr && token->special;
}

std::string HfTokenizer::special_map_or_default() const {
  if (files_.special_map) return *files_.special_map;
  Json map = Json::object();
  if (bos_) map["bos_token"] = token(*bos_);
  if (eos_) map["eos_token"] = token(*eos_);
  if (pad_) map["pad_token"] = token(*pad_);
  return dump_json_pretty(map);
}

std::string HfTokenizer::config_or_default() const {
  if (files_.config) return *files_.config;
  Json config = Json::object();
  if (bos_) config["bos_token"] = token(*bos_);
  config["clean_up_tokenization_spaces"] = false;
  if (eos_) config["eos_token"] = token(*eos_);
  if (pad_) config["pad_token"] = token(*pad_);
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  return dump_json_pretty(config);
}

void HfTokenizer::save(const std::filesystem::path& directory) const {
  if (!std::filesystem::is_directory(directory)) {
    fail(ErrorCode::kNotFound, "{}: not a folder; create it before saving a tokenizer there",
         directory.string());
  }
  write_file_atomic(directory / "tokenizer.json", files_.tokenizer_json);
  write_file_atomic(directory / "tokenizer_config.json", config_or_default());
  write_file_atomic(directory / "special_tokens_map.json", special_map_or_default());
  if (chat_template_) write_file_atomic(directory / "chat_template.jinja", *chat_template_);
}

std::shared_ptr<const Tokenizer> make_tokenizer(TokenizerFiles files) {
  return std::make_shared<HfTokenizer>(std::move(files));
}

}  // namespace fundi::text
