#include "text/gguf_pre_tokenizers.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "text/scanners/scanner.h"

namespace fundi::text {
namespace {

// Written twice below, as Hugging Face tokenizers has it and as llama.cpp has it, where they differ
// in what they match (cased letters outside of ASCII, marks).
constexpr std::string_view kGpt4oOriginal =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kGpt4o =
    R"([^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kTekkenOriginal =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kTekken =
    R"([^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
// The letters that DeepSeek-LLM lists one by one.
constexpr std::string_view kDeepSeekLetters =
    R"(\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-)"
    R"(\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1)"
    R"(\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-)"
    R"(\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15)"
    R"(\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D)"
    R"(\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB)"
    R"(\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D)"
    R"(\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183)"
    R"(\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B)"
    R"(\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-)"
    R"(\uFF3A\uFF41-\uFF5A\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-)"
    R"(\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+)";
constexpr std::string_view kDeepSeekPunctuation =
    R"(\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+)";
constexpr std::string_view kDeepSeekCjk = R"([\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+)";
constexpr std::string_view kAsciiPunctuation = R"([\p{P}\$\+<=>\^~\|]+)";
constexpr std::string_view kBloom = R"( ?[^(\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+)";

const std::vector<GgufPreTokenizer>& table() {
  static const std::vector<GgufPreTokenizer> kinds = {
      {.names = {"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0",
                 "lfm2", "jina-v5-nano"},
       .expressions = {llama3_pattern()},
       .ignore_merges = true,
       .add_bos = true},
      {.names = {"glm4", "glm5"}, .expressions = {llama3_pattern()}, .ignore_merges = true},
      {.names = {"dbrx", "smaug-bpe", "chatglm-bpe"}, .expressions = {llama3_pattern()}},
      {.names = {"qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "hunyuan", "megrez",
                 "solar-open", "grok-2"},
       .expressions = {qwen2_pattern()}},
      {.names = {"qwen35"}, .expressions = {kQwen35}},
      {.names = {"deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"},
       .expressions = {deepseek_patterns()[0], deepseek_patterns()[1], deepseek_patterns()[2]}},
      {.names = {"deepseek-llm"},
       .expressions = {R"([\r\n])", kDeepSeekLetters, kDeepSeekPunctuation, R"(\s+$)", kDeepSeekCjk,
                       R"(\p{N}+)"}},
      {.names = {"deepseek-coder"},
       .expressions = {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", kDeepSeekCjk, R"(\p{N})"}},
      {.names = {"gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de",
                 "a.x-4.0", "mellum", "modern-bert", "jina-v1-en", "jina-v2-code", "roberta-bpe",
                 "exaone4", "mpt", "olmo", "jais", "trillion", "granite-docling"},
       .expressions = {gpt2_pattern()}},
      {.names = {"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b",
                 "mellum2"},
       .expressions = {R"(\p{N})", gpt2_pattern()}},
      {.names = {"gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"},
       .expressions = {kGpt4o},
       .original = kGpt4oOriginal},
      {.names = {"tekken"},
       .expressions = {kTekken},
       .original = kTekkenOriginal,
       .ignore_merges = true,
       .add_bos = true},
      {.names = {"falcon"},
       .expressions = {R"([\p{P}\$\+<=>\^~\|`]+)", gpt2_pattern(), "[0-9][0-9][0-9]"}},
      {.names = {"bloom", "poro-chat", "gpt3-finnish"}, .expressions = {kBloom}},
      {.names = {"viking"}, .expressions = {kBloom, R"(\p{N})"}},
      {.names = {"default", ""},
       .expressions = {kAsciiPunctuation, gpt2_pattern(), R"(\p{N}+)", "[0-9][0-9][0-9]"}},
  };
  return kinds;
}

// The expressions of a tokenizer.json's pre-tokenizer, or nothing where it has other steps.
bool collect_expressions(const Json& json, std::vector<std::string>& out) {
  const auto text = [&](const Json& object, const char* key) {
    return object.is_object() ? object.value(key, std::string()) : std::string();
  };
  const std::string type = text(json, "type");
  if (type == "Sequence") {
    return std::all_of(json["pretokenizers"].begin(), json["pretokenizers"].end(),
                       [&](const Json& step) { return collect_expressions(step, out); });
  }
  if (type == "ByteLevel") {
    if (json.value("add_prefix_space", true)) return false;
    if (json.value("use_regex", true)) out.emplace_back(gpt2_pattern());
    return true;
  }
  if (type == "Digits") {
    out.emplace_back(json.value("individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)");
    return true;
  }
  if (type != "Split" || !json.contains("pattern")) return false;
  std::string expression = text(json["pattern"], "Regex");
  const std::string behavior = text(json, "behavior");
  const bool invert = json.value("invert", false);
  if (expression.empty() || !(behavior == "Isolated" || (behavior == "Removed" && invert))) {
    return false;
  }
  out.push_back(replace_all(replace_all(std::move(expression), "\r", "\\r"), "\n", "\\n"));
  return true;
}

}  // namespace

const GgufPreTokenizer* find_gguf_pre_tokenizer(std::string_view name) {
  for (const GgufPreTokenizer& kind : table()) {
    if (std::find(kind.names.begin(), kind.names.end(), name) != kind.names.end()) return &kind;
  }
  return nullptr;
}

std::string gguf_pre_tokenizer_names() {
  std::string names;
  for (const GgufPreTokenizer& kind : table()) {
    names.append(names.empty() ? "" : ", ").append(kind.names.front());
  }
  return names;
}

std::string_view gguf_pre_tokenizer_of(const Json& pre_tokenizer, bool ignore_merges) {
  std::vector<std::string> found;
  if (!collect_expressions(pre_tokenizer, found)) return {};
  for (const GgufPreTokenizer& kind : table()) {
    if (kind.ignore_merges != ignore_merges) continue;
    if (found.size() == 1 && found[0] == kind.original) return kind.names.front();
    if (std::equal(found.begin(), found.end(), kind.expressions.begin(), kind.expressions.end())) {
      return kind.names.front();
    }
  }
  return {};
}

}  // namespace fundi::text
