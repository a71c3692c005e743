#include "text/jinja/json_text.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "text/jinja/number_text.h"
#include "text/jinja/operators.h"
#include "text/jinja/text_operations.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

// How JSON writes a character; empty: as it is.
std::string escape(char32_t c, bool ascii) {
  constexpr std::string_view kSpecial = "\"\\\n\r\t\b\f", kLetters = "\"\\nrtbf";
  const size_t at = c < 0x80 ? kSpecial.find(static_cast<char>(c)) : std::string_view::npos;
  if (at != std::string_view::npos) return {'\\', kLetters[at]};
  const auto value = static_cast<uint32_t>(c);
  if (c < 0x20 || (ascii && c >= 0x7F && c < 0x10000)) return fmt::format("\\u{:04x}", value);
  if (!ascii || c < 0x10000) return "";
  const uint32_t rest = value - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

class JsonWriter {
 public:
  JsonWriter(Heap& heap, const JsonStyle& style) : heap_(heap), style_(style), out_(heap) {}

  Value write(const Value& value) {
    append(value);
    return out_.value();
  }

 private:
  void append(const Value& value) {
    heap_.step();
    switch (value.type()) {
      case Type::kNone:
        return out_.append("null");
      case Type::kBool:
        return out_.append(value.boolean() ? "true" : "false");
      case Type::kInt:
        return out_.append(fmt::format("{}", value.integer()));
      case Type::kFloat:
        return out_.append(real(value.real()));
      case Type::kText:
        return append_quoted(value.text());
      case Type::kDict:
        return append_dict(value.dict());
      case Type::kSequence:
        if (value.sequence().kind <= Sequence::Kind::kTuple) {
          return append_list(value.sequence().items);
        }
        [[fallthrough]];
      default:
        fail(ErrorCode::kInvalidArgument, "an object of type {} is not JSON serializable",
             type_name(value));
    }
  }

  static std::string real(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    return float_repr(number);
  }

  void append_quoted(const TracedText& text) {
    heap_.touch(text.size() * 8);
    out_.append("\"");
    append_replaced(out_, text, [&](char32_t c) { return escape(c, style_.ascii); });
    out_.append("\"");
  }

  void append_key(const Value& key) {
    if (key.is_text()) return append_quoted(key.text());
    if (!key.is_none() && !key.as_number()) {
      fail(ErrorCode::kInvalidArgument,
           "keys of JSON must be str, int, float, bool or None, not {}", type_name(key));
    }
    out_.append("\"");
    append(key);
    out_.append("\"");
  }

  void append_list(const std::vector<Value>& items) {
    if (items.empty()) return out_.append("[]");
    out_.append("[");
    ++depth_;
    bool first = true;
    for (const Value& item : items) {
      if (!std::exchange(first, false)) out_.append(style_.item_separator);
      append_break();
      append(item);
    }
    --depth_;
    append_break();
    out_.append("]");
  }

  void append_dict(const Dict& dict) {
    if (dict.items.empty()) return out_.append("{}");
    DictItems sorted;
    if (style_.sort_keys) {
      sorted = dict.items;
      std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) {
        return compare(heap_, a.first, b.first, "<") == -1;
      });
    }
    out_.append("{");
    ++depth_;
    bool first = true;
    for (const auto& [key, value] : style_.sort_keys ? sorted : dict.items) {
      if (!std::exchange(first, false)) out_.append(style_.item_separator);
      append_break();
      append_key(key);
      out_.append(style_.key_separator);
      append(value);
    }
    --depth_;
    append_break();
    out_.append("}");
  }

  void append_break() {
    if (!style_.indent) return;
    out_.append("\n");
    for (int i = 0; i < depth_; ++i) out_.append(*style_.indent);
  }

  Heap& heap_;
  const JsonStyle& style_;
  TextBuilder out_;
  int depth_ = 0;
};

}  // namespace

Value to_json_text(Heap& heap, const Value& value, const JsonStyle& style) {
  return JsonWriter(heap, style).write(value);
}

Value from_json(Heap& heap, const Json& json, uint32_t source) {
  const auto text = [&](const std::string& bytes) {
    return heap.text(TracedText(replace_invalid_utf8(bytes), source));
  };
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value(json.get<bool>());
    case Json::value_t::number_integer:
      return Value(json.get<int64_t>());
    case Json::value_t::number_unsigned: {
      const auto number = json.get<uint64_t>();
      return number > INT64_MAX ? Value(static_cast<double>(number))
                                : Value(static_cast<int64_t>(number));
    }
    case Json::value_t::number_float:
      return Value(json.get<double>());
    case Json::value_t::string:
      return text(json.get_ref<const std::string&>());
    case Json::value_t::array: {
      std::vector<Value> items;
      items.reserve(json.size());
      for (const Json& item : json) items.push_back(from_json(heap, item, source));
      return heap.list(std::move(items));
    }
    case Json::value_t::object: {
      DictItems items;
      items.reserve(json.size());
      for (const auto& [key, item] : json.items()) {
        items.emplace_back(text(key), from_json(heap, item, source));
      }
      return heap.dict(std::move(items));
    }
    default:
      return Value::none();
  }
}

}  // namespace fundi::text::jinja
