#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "text/gguf_pre_tokenizers.h"
#include "text/gguf_vocabulary.h"
#include "text/json_reader.h"
#include "text/models/word_model.h"

namespace fundi::text {
namespace {

// Reads what a GGUF file needs out of a tokenizer.json that was parsed before, so that its shape is
// known to be right.
class Converter {
 public:
  Converter(std::string_view json, const std::string& origin, const Tokenizer& tokenizer)
      : origin_(origin),
        document_(json, origin + "/tokenizer.json"),
        root_(document_.root()),
        model_(root_.child("model")),
        tokenizer_(tokenizer) {}

  GgufVocabulary run() {
    if (model_.string("type", "BPE") != "BPE" || !model_.has("merges")) {
      unsupported("only BPE tokenizers have one");
    }
    add_tokens();
    if (model_.boolean("byte_fallback", false)) {
      add_scores();
    } else {
      add_byte_level();
    }
    v_.bos_id = tokenizer_.bos_id();
    v_.eos_id = tokenizer_.eos_id();
    v_.padding_id = tokenizer_.pad_id();
    v_.chat_template = tokenizer_.chat_template();
    add_edges();
    return std::move(v_);
  }

 private:
  [[noreturn]] void unsupported(std::string_view problem) const {
    fail(ErrorCode::kUnsupported, "{}/tokenizer.json has no counterpart in GGUF files: {}",
         origin_, problem);
  }
  Json part(const char* key) const {
    return root_.has(key) ? parse_json(root_.child(key).json(), key) : Json(nullptr);
  }

  void add_tokens() {
    const auto size = static_cast<size_t>(tokenizer_.vocab_size());
    v_.tokens.resize(size);
    v_.token_types.assign(size, GgufTokenType::kUnused);
    const auto set = [&](std::string_view token, int64_t id, GgufTokenType type) {
      v_.tokens[static_cast<size_t>(id)] = token;
      v_.token_types[static_cast<size_t>(id)] = type;
    };
    model_.child("vocab").each_member([&](std::string_view token, const JsonReader& id) {
      set(token, id.integer(), GgufTokenType::kNormal);
    });
    if (root_.has("added_tokens")) {
      root_.child("added_tokens").each([&](const JsonReader& token) {
        set(token.child("content").string(), token.child("id").integer(),
            token.boolean("special", false) ? GgufTokenType::kControl
                                            : GgufTokenType::kUserDefined);
      });
    }
    for (size_t id = 0; id < size; ++id) {
      if (v_.tokens[id].empty()) v_.tokens[id] = fmt::format("[PAD{}]", id);
    }
    if (!model_.has("unk_token")) return;
    if (const auto id = tokenizer_.token_id(model_.child("unk_token").string())) v_.unknown_id = *id;
  }

  // Calls body(left, right) for each merge in order.
  template <typename Body>
  void for_each_merge(Body body) const {
    model_.child("merges").each([&](const JsonReader& merge) {
      if (merge.is_string()) {
        const std::string_view text = merge.string();
        const size_t space = text.find(' ');
        return body(text.substr(0, space), text.substr(space + 1));
      }
      body(merge.item(0).string(), merge.item(1).string());
    });
  }

  void add_byte_level() {
    const Json pre = part("pre_tokenizer");
    v_.model = "gpt2";
    v_.pre = gguf_pre_tokenizer_of(pre, model_.boolean("ignore_merges", false));
    if (v_.pre.empty()) {
      unsupported(fmt::format("its pre_tokenizer (with ignore_merges {}) is not among those of {}",
                              model_.boolean("ignore_merges", false), gguf_pre_tokenizer_names()));
    }
    if (!model_.string("continuing_subword_prefix", "").empty() ||
        !model_.string("end_of_word_suffix", "").empty()) {
      unsupported("prefixes and suffixes of subwords");
    }
    for_each_merge([&](std::string_view left, std::string_view right) {
      v_.merges.push_back(std::string(left).append(" ").append(right));
    });
  }

  // The order of the merges becomes falling scores, as in SentencePiece models.
  void add_scores() {
    v_.model = "llama";
    v_.pre = "default";
    check_spaces();
    v_.scores.assign(v_.tokens.size(), 0);
    std::vector<bool> scored(v_.tokens.size());
    float score = 0;
    std::string joined;
    for_each_merge([&](std::string_view left, std::string_view right) {
      const auto id = tokenizer_.token_id(joined.assign(left).append(right));
      if (!id || scored[static_cast<size_t>(*id)]) return;
      scored[static_cast<size_t>(*id)] = true;
      v_.scores[static_cast<size_t>(*id)] = score--;
    });
    // What no merge makes comes last: GGUF has no way of forbidding it.
    for (size_t id = 0; id < scored.size(); ++id) {
      if (!scored[id]) v_.scores[id] = v_.token_types[id] == GgufTokenType::kNormal ? score : 0;
      if (byte_of_token(v_.tokens[id]) >= 0) v_.token_types[id] = GgufTokenType::kByte;
    }
    if (v_.unknown_id) {
      v_.token_types[static_cast<size_t>(*v_.unknown_id)] = GgufTokenType::kUnknown;
    }
  }

  // Text must be cut nowhere but at spaces, which are written as U+2581.
  void check_spaces() {
    const Json normalizer = part("normalizer"), pre = part("pre_tokenizer");
    bool prefix = false, replaced = false;
    const Json steps = normalizer.is_object() && normalizer.contains("normalizers")
                           ? normalizer["normalizers"]
                           : Json::array({normalizer});
    for (const Json& step : steps) {
      if (!step.is_object()) continue;
      const std::string type = step.value("type", std::string());
      if (type == "Prepend" && step.value("prepend", std::string()) == "\u2581") {
        prefix = true;
      } else if (type == "Replace" && step["pattern"] == Json{{"String", " "}} &&
                 step.value("content", std::string()) == "\u2581") {
        replaced = true;
      } else {
        unsupported(fmt::format("its normalizer '{}'", type));
      }
    }
    const std::string type = pre.is_object() ? pre.value("type", std::string()) : std::string();
    if (type == "Metaspace") {
      prefix = prefix || pre.value("prepend_scheme", std::string("always")) != "never";
      replaced = true;
    } else if (!type.empty() && !(type == "Split" && pre["pattern"] == Json{{"String", " "}})) {
      unsupported(fmt::format("its pre_tokenizer '{}'", type));
    }
    if (!replaced) unsupported("spaces are not written as U+2581");
    v_.add_space_prefix = prefix;
  }

  // What the post-processor puts around an empty text.
  void add_edges() {
    const std::vector<int32_t> around = tokenizer_.encode("", true);
    const auto holds = [&](const std::optional<int32_t>& id) {
      return id && std::find(around.begin(), around.end(), *id) != around.end();
    };
    v_.add_bos = holds(v_.bos_id);
    v_.add_eos = holds(v_.eos_id);
    const size_t edges = (*v_.add_bos ? 1 : 0) + (*v_.add_eos ? 1 : 0);
    if (around.size() > edges) unsupported("its post-processor adds other tokens than BOS and EOS");
  }

  const std::string& origin_;
  JsonDocument document_;
  JsonReader root_, model_;
  const Tokenizer& tokenizer_;
  GgufVocabulary v_;
};

}  // namespace

GgufVocabulary gguf_from_tokenizer_json(std::string_view json, const std::string& origin,
                                        const Tokenizer& tokenizer) {
  return Converter(json, origin, tokenizer).run();
}

}  // namespace fundi::text
