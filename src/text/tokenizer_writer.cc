#include "text/tokenizer_writer.h"

#include <fmt/format.h>

#include "base/text.h"

namespace fundi::text {
namespace {

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out.append(fmt::format("\\u{:04x}", static_cast<unsigned>(c)));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// A member of an object that is `indent` deep, with the comma after it.
void append_member(std::string& out, std::string_view key, const Json& value,
                   const std::string& indent) {
  const std::string pretty(trim(dump_json_pretty(value)));
  out.append(indent).append("\"").append(key).append("\": ");
  out.append(replace_all(pretty, "\n", "\n" + indent)).append(",\n");
}

Json added_json(const std::vector<AddedToken>& tokens) {
  Json list = Json::array();
  for (const AddedToken& token : tokens) {
    list.push_back({{"id", token.id},
                    {"content", token.content},
                    {"single_word", token.single_word},
                    {"lstrip", token.lstrip},
                    {"rstrip", token.rstrip},
                    {"normalized", token.normalized},
                    {"special", token.special}});
  }
  return list;
}

// One token a line, so that two files can be compared.
void append_vocabulary(std::string& out, const TokenizerDocument& document) {
  const bool scored = !document.scores.empty();
  out.append(scored ? "    \"vocab\": [" : "    \"vocab\": {");
  for (size_t id = 0; id < document.tokens.size(); ++id) {
    out.append(id == 0 ? "\n      " : ",\n      ");
    if (scored) out.push_back('[');
    append_string(out, document.tokens[id]);
    if (scored) {
      out.append(fmt::format(", {}]", document.scores[id]));
    } else {
      out.append(fmt::format(": {}", id));
    }
  }
  out.append(scored ? "\n    ]" : "\n    }");
}

void append_merges(std::string& out, const TokenizerDocument& document) {
  out.append(",\n    \"merges\": [");
  for (size_t i = 0; i < document.merges.size(); ++i) {
    out.append(i == 0 ? "\n      [\n        " : ",\n      [\n        ");
    append_string(out, document.merges[i].first);
    out.append(",\n        ");
    append_string(out, document.merges[i].second);
    out.append("\n      ]");
  }
  out.append("\n    ]");
}

}  // namespace

std::string write_tokenizer_json(const TokenizerDocument& document) {
  std::string out = "{\n";
  append_member(out, "version", "1.0", "  ");
  append_member(out, "truncation", nullptr, "  ");
  append_member(out, "padding", nullptr, "  ");
  append_member(out, "added_tokens", added_json(document.added), "  ");
  append_member(out, "normalizer", document.normalizer, "  ");
  append_member(out, "pre_tokenizer", document.pre_tokenizer, "  ");
  append_member(out, "post_processor", document.post_processor, "  ");
  append_member(out, "decoder", document.decoder, "  ");
  out.append("  \"model\": {\n");
  for (const auto& [key, value] : document.model.items()) {
    append_member(out, key, value, "    ");
  }
  append_vocabulary(out, document);
  if (document.scores.empty()) append_merges(out, document);
  out.append("\n  }\n}\n");
  return out;
}

Json byte_level_json(bool add_prefix_space, bool trim_offsets, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", trim_offsets},
          {"use_regex", use_regex}};
}

Json isolated_split_json(std::string_view regex) {
  return {{"type", "Split"},
          {"pattern", {{"Regex", regex}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}

Json template_json(std::string_view bos, int32_t bos_id, std::string_view eos, int32_t eos_id) {
  if (bos.empty() && eos.empty()) return nullptr;
  Json single = Json::array(), pair = Json::array(), tokens = Json::object();
  const auto add_token = [&](Json& list, std::string_view name, int32_t id, int type) {
    if (name.empty()) return;
    list.push_back({{"SpecialToken", {{"id", name}, {"type_id", type}}}});
    const std::string key(name);
    tokens[key] = {{"id", name}};
    tokens[key]["ids"] = Json::array({id});
    tokens[key]["tokens"] = Json::array({name});
  };
  const auto add_text = [&](Json& list, std::string_view name, int type) {
    add_token(list, bos, bos_id, type);
    list.push_back({{"Sequence", {{"id", name}, {"type_id", type}}}});
    add_token(list, eos, eos_id, type);
  };
  add_text(single, "A", 0);
  add_text(pair, "A", 0);
  add_text(pair, "B", 1);
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(tokens)}};
}

Json bpe_settings_json() {
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false}};
}

}  // namespace fundi::text
