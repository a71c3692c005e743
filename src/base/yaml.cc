#include "base/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <optional>
#include <sstream>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace fundi {
namespace {

constexpr size_t kMaxDepth = 100;
// What all aliases together may copy, in bytes of text plus a constant a node: enough for any
// recipe, far too little for a "billion laughs".
constexpr size_t kMaxExpansion = size_t{16} << 20;
constexpr size_t kNodeCost = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_null(std::string_view s) {
  return s.empty() || s == "~" || s == "null" || s == "Null" || s == "NULL";
}

std::optional<bool> parse_bool(std::string_view s) {
  if (s == "true" || s == "True" || s == "TRUE") return true;
  if (s == "false" || s == "False" || s == "FALSE") return false;
  return std::nullopt;
}

size_t digits(std::string_view s, size_t at) {
  while (at < s.size() && is_digit(s[at])) ++at;
  return at;
}

bool looks_like_integer(std::string_view s) {
  const size_t begin = !s.empty() && (s[0] == '-' || s[0] == '+') ? 1 : 0;
  return begin < s.size() && digits(s, begin) == s.size();
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool looks_like_float(std::string_view s) {
  const size_t begin = !s.empty() && (s[0] == '-' || s[0] == '+') ? 1 : 0;
  size_t at = digits(s, begin);
  size_t count = at - begin;
  if (at < s.size() && s[at] == '.') {
    const size_t fraction = digits(s, at + 1);
    count += fraction - at - 1;
    at = fraction;
  }
  if (count == 0) return false;
  if (at < s.size() && (s[at] == 'e' || s[at] == 'E')) {
    ++at;
    if (at < s.size() && (s[at] == '-' || s[at] == '+')) ++at;
    const size_t end = digits(s, at);
    if (end == at) return false;
    at = end;
  }
  return at == s.size();
}

template <typename T>
std::optional<T> parse_number(std::string_view s, int base) {
  T value{};
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value, base);
  if (error != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view s) {
  double value = 0;
  if (!s.empty() && s[0] == '+') s.remove_prefix(1);
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return value;
}

std::optional<Json> parse_integer(std::string_view s) {
  if (s.starts_with("0x") || s.starts_with("0o")) {
    const auto value = parse_number<uint64_t>(s.substr(2), s[1] == 'x' ? 16 : 8);
    if (!value) return std::nullopt;
    return *value <= INT64_MAX ? Json(static_cast<int64_t>(*value)) : Json(*value);
  }
  if (!looks_like_integer(s)) return std::nullopt;
  if (s[0] == '+') s.remove_prefix(1);
  if (const auto value = parse_number<int64_t>(s, 10)) return Json(*value);
  if (const auto value = parse_number<uint64_t>(s, 10)) return Json(*value);
  return std::nullopt;  // too long: the float rule takes it
}

std::optional<double> parse_special(std::string_view s) {
  const std::string_view bare = !s.empty() && (s[0] == '-' || s[0] == '+') ? s.substr(1) : s;
  if (bare == ".inf" || bare == ".Inf" || bare == ".INF") {
    return s[0] == '-' ? -std::numeric_limits<double>::infinity()
                       : std::numeric_limits<double>::infinity();
  }
  if (s == ".nan" || s == ".NaN" || s == ".NAN") return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view origin) : origin_(origin) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) error(mark, "a second document; one is expected");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, {nullptr, kNodeCost, "null", anchor});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) error(mark, "an alias inside of what it refers to");
    expanded_ += found->second.cost;
    if (expanded_ > kMaxExpansion) error(mark, "aliases expand to more than 16 MiB");
    add(mark, {found->second.value, found->second.cost, found->second.text, 0});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool merge = tag == "?" && value == "<<";
    add(mark, {typed(mark, tag, value), kNodeCost + value.size(), value, anchor}, merge);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, "tag:yaml.org,2002:seq", Json::array(), anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, "tag:yaml.org,2002:map", Json::object(), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    Frame& frame = stack_.back();
    for (const auto& [mark, source] : frame.merges) merge(mark, frame, source);
    close();
  }

  Json take() { return std::move(root_); }

 private:
  struct Node {
    Json value;
    size_t cost = 0;
    std::string text;  // the scalar as written, for keys
    YAML::anchor_t anchor = 0;
  };
  struct Frame {
    YAML::Mark mark;
    Node node;
    std::optional<std::string> key;  // of an object, waiting for its value
    bool merge_key = false;
    std::unordered_set<std::string> seen;
    std::vector<std::pair<YAML::Mark, Json>> merges;
  };

  [[noreturn]] void error(const YAML::Mark& mark, std::string_view what) const {
    fail(ErrorCode::kCorruptData, "{}:{}:{}: {}", origin_, mark.line + 1, mark.column + 1, what);
  }

  Json typed(const YAML::Mark& mark, const std::string& tag, const std::string& s) const {
    static constexpr std::string_view kPrefix = "tag:yaml.org,2002:";
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return s;
    if (tag.empty() || tag == "?") {
      if (is_null(s)) return nullptr;
      if (const auto value = parse_bool(s)) return *value;
      if (const auto value = parse_integer(s)) return *value;
      if (const auto value = parse_special(s)) return *value;
      if (!looks_like_float(s)) return s;
      if (const auto value = parse_double(s)) return *value;
      error(mark, fmt::format("the number {} is out of range", s));
    }
    const std::string_view kind = tag.starts_with(kPrefix)
                                      ? std::string_view(tag).substr(kPrefix.size())
                                      : std::string_view();
    if (kind == "null" && is_null(s)) return nullptr;
    if (kind == "bool") {
      if (const auto value = parse_bool(s)) return *value;
    }
    if (kind == "int") {
      if (const auto value = parse_integer(s)) return *value;
    }
    if (kind == "float") {
      if (const auto value = parse_special(s)) return *value;
      if (looks_like_float(s)) {
        if (const auto value = parse_double(s)) return *value;
      }
    }
    error(mark, fmt::format("'{}' does not fit its tag {}", s, tag));
  }

  void open(const YAML::Mark& mark, const std::string& tag, std::string_view expected, Json empty,
            YAML::anchor_t anchor) {
    if (stack_.size() >= kMaxDepth)
      error(mark, fmt::format("nested deeper than {} levels", kMaxDepth));
    if (!tag.empty() && tag != "?" && tag != "!" && tag != expected) {
      error(mark, fmt::format("unknown tag {}", tag));
    }
    if (expects_key()) error(mark, "a key must be plain text");
    Frame frame;
    frame.mark = mark;
    frame.node = {std::move(empty), kNodeCost, "", anchor};
    stack_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    add(frame.mark, std::move(frame.node));
  }

  bool expects_key() const {
    return !stack_.empty() && stack_.back().node.value.is_object() && !stack_.back().key;
  }

  void add(const YAML::Mark& mark, Node node, bool merge_key = false) {
    if (node.anchor != 0) anchors_[node.anchor] = node;
    if (stack_.empty()) {
      root_ = std::move(node.value);
      return;
    }
    Frame& parent = stack_.back();
    parent.node.cost += node.cost;
    if (parent.node.value.is_array()) {
      parent.node.value.push_back(std::move(node.value));
    } else if (!parent.key) {
      add_key(mark, parent, std::move(node), merge_key);
    } else {
      if (parent.merge_key) {
        parent.merges.emplace_back(mark, std::move(node.value));
      } else {
        append(parent.node.value, std::move(*parent.key), std::move(node.value));
      }
      parent.key.reset();
    }
  }

  void add_key(const YAML::Mark& mark, Frame& parent, Node node, bool merge_key) {
    if (node.value.is_structured()) error(mark, "a key must be plain text");
    if (!merge_key && !parent.seen.insert(node.text).second) {
      error(mark, fmt::format("the key '{}' is given twice", node.text));
    }
    parent.key = std::move(node.text);
    parent.merge_key = merge_key;
  }

  // `seen` has told that the key is new; the object's own insertion would search for it linearly.
  static void append(Json& object, std::string key, Json value) {
    std::vector<std::pair<const std::string, Json>>& members = object.get_ref<Json::object_t&>();
    members.emplace_back(std::move(key), std::move(value));
  }

  // Keys of the mapping itself, then those of earlier merged ones, win.
  void merge(const YAML::Mark& mark, Frame& frame, const Json& source) const {
    if (source.is_array()) {
      for (const Json& one : source) {
        if (!one.is_object()) error(mark, "'<<' takes a mapping or a list of mappings");
        merge(mark, frame, one);
      }
      return;
    }
    if (!source.is_object()) error(mark, "'<<' takes a mapping or a list of mappings");
    for (const auto& [key, value] : source.items()) {
      if (frame.seen.insert(key).second) append(frame.node.value, key, value);
    }
  }

  std::string_view origin_;
  int documents_ = 0;
  size_t expanded_ = 0;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  Json root_;
};

}  // namespace

Json parse_yaml_json(std::string_view text, std::string_view origin) {
  if (const size_t at = find_invalid_utf8(text); at != std::string_view::npos) {
    fail(ErrorCode::kCorruptData, "{}: byte {} is not valid UTF-8; save the file as UTF-8", origin,
         at);
  }
  std::istringstream stream{std::string(text)};
  Builder builder(origin);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    if (e.mark.is_null()) fail(ErrorCode::kCorruptData, "{}: {}", origin, e.msg);
    fail(ErrorCode::kCorruptData, "{}:{}:{}: {}", origin, e.mark.line + 1, e.mark.column + 1,
         e.msg);
  }
  return builder.take();
}

}  // namespace fundi
