#include "base/json.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace fundi {
namespace {

constexpr size_t kMaxDepth = 256;

std::string position(std::string_view text, size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t newline = before.rfind('\n');
  const size_t column = before.size() - (newline == std::string_view::npos ? 0 : newline + 1);
  return fmt::format("{}:{}", line, std::max<size_t>(1, column));
}

// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..." -> the end.
std::string_view reason(std::string_view what) {
  if (const size_t colon = what.find(": "); colon != what.npos) return what.substr(colon + 2);
  return what;
}

// Builds the document from the parser's events. The library's own builder searches an ordered
// object linearly at each insertion, which takes minutes on a vocabulary; it also has no depth
// limit.
class Builder {
 public:
  Builder(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t& value) { return add(Json::binary(std::move(value))); }
  bool start_object(size_t) { return open(true); }
  bool start_array(size_t) { return open(false); }
  bool key(std::string& value) {
    stack_.back().keys.push_back(std::move(value));
    return true;
  }
  bool end_object() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    return add(make_object(frame.keys, std::move(frame.values)));
  }
  bool end_array() {
    Json::array_t values = std::move(stack_.back().values);
    stack_.pop_back();
    return add(Json(std::move(values)));
  }
  bool parse_error(size_t byte, const std::string&, const nlohmann::detail::exception& error) {
    fail(ErrorCode::kCorruptData, "{}:{}: {}", origin_, position(text_, byte),
         reason(error.what()));
  }
  Json take() { return std::move(root_); }

 private:
  struct Frame {
    bool object;
    std::vector<std::string> keys;
    Json::array_t values;
  };

  bool open(bool object) {
    if (stack_.size() >= kMaxDepth) {
      fail(ErrorCode::kCorruptData, "{}: nested deeper than {} levels", origin_, kMaxDepth);
    }
    stack_.push_back({object, {}, {}});
    return true;
  }

  template <typename T>
  bool add(T&& value) {
    if (stack_.empty()) {
      root_ = std::forward<T>(value);
    } else {
      stack_.back().values.emplace_back(std::forward<T>(value));
    }
    return true;
  }

  std::string_view text_, origin_;
  std::vector<Frame> stack_;
  Json root_;
};

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Json parse_json(std::string_view text, std::string_view origin) {
  Builder builder(text, origin);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

Json make_object(const std::vector<std::string>& keys, Json::array_t values) {
  constexpr size_t kFew = 16;  // are found faster by looking at each
  Json object = Json::object();
  // As what they are stored in, whose insertions search nothing.
  std::vector<std::pair<const std::string, Json>>& members = object.get_ref<Json::object_t&>();
  members.reserve(keys.size());
  std::unordered_map<std::string_view, size_t> places;
  if (keys.size() > kFew) places.reserve(keys.size());
  const auto place_of = [&](std::string_view key) {
    if (keys.size() > kFew) return places.emplace(key, members.size()).first->second;
    const auto is_key = [&](const auto& member) { return member.first == key; };
    return static_cast<size_t>(std::ranges::find_if(members, is_key) - members.begin());
  };
  for (size_t i = 0; i < keys.size(); ++i) {
    if (const size_t place = place_of(keys[i]); place < members.size()) {
      members[place].second = std::move(values[i]);
    } else {
      members.emplace_back(keys[i], std::move(values[i]));
    }
  }
  return object;
}

bool nested_deeper(const Json& json, size_t levels) {
  if (!json.is_structured()) return false;
  return levels == 0 || std::any_of(json.begin(), json.end(), [&](const Json& item) {
           return nested_deeper(item, levels - 1);
         });
}

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_file(path), path.string());
}

std::string dump_json(const Json& json) { return dump(json, -1); }

std::string dump_json_pretty(const Json& json) { return dump(json, 2) + "\n"; }

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  if (find_invalid_utf8(text) != std::string_view::npos) {
    out += dump_json(Json(text));
    return;
  }
  out += '"';
  size_t plain = 0;  // begin of what needs no escape
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out += text.substr(plain);
  out += '"';
}

}  // namespace fundi
