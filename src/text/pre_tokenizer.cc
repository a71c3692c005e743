#include "text/pre_tokenizer.h"

#include <string>

#include "base/error.h"
#include "text/scanners/cursor.h"

namespace fundi::text {
namespace {

// Runs of numeric characters together, as Digits with individual_digits false.
class NumberScanner : public Scanner {
 public:
  size_t match(std::string_view text, size_t begin) const override {
    return Cursor(text).run(begin, kNumber);
  }
};

}  // namespace

PreTokenizer PreTokenizer::parse(const JsonReader& json) {
  PreTokenizer result;
  if (!json.is_null()) result.add(json, 0);
  return result;
}

void PreTokenizer::add(const JsonReader& json, int depth) {
  const std::string_view type = json.child("type").string();
  if (byte_level_) {
    json.unsupported("a pre-tokenizer after ByteLevel is not supported");
  }
  if (type == "ByteLevel") {
    const bool regex = json.boolean("use_regex", true);
    steps_.push_back({.scanner = regex ? gpt2_scanner() : nullptr,
                      .add_prefix_space = json.boolean("add_prefix_space", true)});
    byte_level_ = true;
  } else if (type == "Digits") {
    steps_.push_back({.scanner = json.boolean("individual_digits", false)
                                     ? digit_group_scanner(1)
                                     : std::make_shared<NumberScanner>()});
  } else if (type == "Split") {
    const JsonReader pattern = json.child("pattern");
    if (!pattern.has("Regex")) pattern.unsupported("only a Regex is supported");
    const std::string_view text = pattern.child("Regex").string();
    auto scanner = find_scanner(text);
    if (!scanner) {
      pattern.unsupported(fmt::format(
          "the expression '{}' is not among the known ones (GPT-2, Llama 3, Qwen 2, o200k, "
          "DeepSeek V3)",
          text));
    }
    const std::string_view behavior = json.child("behavior").string();
    const bool invert = json.boolean("invert", false);
    if (behavior != "Isolated" && !(behavior == "Removed" && invert)) {
      json.unsupported(
          fmt::format("behavior '{}' with invert {} is not supported; supported are "
                      "Isolated, and Removed with invert true",
                      behavior, invert));
    }
    steps_.push_back({.scanner = std::move(scanner), .drop_gaps = behavior == "Removed"});
  } else if (type == "Sequence" && depth == 0) {
    const JsonReader list = json.child("pretokenizers");
    size_t index = 0;
    for (const auto element : list.array()) {
      if (index == 16) list.corrupt("more than 16 pre-tokenizers");
      add(list.item(index++, element), depth + 1);
    }
  } else {
    json.unsupported(fmt::format(
        "pre-tokenizer '{}' is not supported; supported are ByteLevel, Split, Digits and a "
        "Sequence of them",
        type));
  }
}

void PreTokenizer::run(size_t index, std::string_view piece, const Sink& sink) const {
  if (piece.empty()) return;
  if (index == steps_.size()) return sink(piece);
  const Step& step = steps_[index];
  std::string prefixed;
  if (step.add_prefix_space && piece.front() != ' ') {
    prefixed.reserve(piece.size() + 1);
    prefixed.append(" ").append(piece);
    piece = prefixed;
  }
  if (!step.scanner) return run(index + 1, piece, sink);
  const Cursor in(piece);
  size_t gap = 0;  // where the text not yet handed on begins
  const auto flush_gap = [&](size_t end) {
    if (end > gap && !step.drop_gaps) run(index + 1, piece.substr(gap, end - gap), sink);
  };
  for (size_t pos = 0; pos < piece.size();) {
    const size_t end = step.scanner->match(piece, pos);
    if (end == pos) {
      pos = in.next(pos);
      continue;
    }
    flush_gap(pos);
    run(index + 1, piece.substr(pos, end - pos), sink);
    pos = gap = end;
  }
  flush_gap(piece.size());
}

}  // namespace fundi::text
