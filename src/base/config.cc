#include "base/config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "base/yaml.h"

namespace fundi {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string hint(std::string_view word, const std::vector<std::string>& candidates) {
  const auto found = closest(word, candidates);
  return found ? fmt::format("; did you mean '{}'?", *found) : "";
}

std::string_view type_name(const Json& json) {
  if (json.is_null()) return "null";
  if (json.is_boolean()) return "true or false";
  if (json.is_number_integer()) return "an integer";
  if (json.is_number_float()) return "a number";
  if (json.is_string()) return "text";
  if (json.is_array()) return "a list";
  return "a mapping";
}

std::string excerpt(const Json& json) {
  std::string text = dump_json(json);
  if (text.size() > 40) {
    size_t end = 37;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  return text;
}

[[noreturn]] void wrong_type(const Json& json, const std::string& where, std::string_view wanted) {
  fail(ErrorCode::kInvalidArgument, "{}: must be {}, but is {} ({})", where, wanted,
       type_name(json), excerpt(json));
}

void convert(const Json& json, const std::string& where, bool& out) {
  if (!json.is_boolean()) wrong_type(json, where, "true or false");
  out = json.get<bool>();
}

void convert(const Json& json, const std::string& where, int64_t& out) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<uint64_t>();
    if (value > static_cast<uint64_t>(INT64_MAX)) {
      fail(ErrorCode::kInvalidArgument, "{}: {} is too large", where, value);
    }
    out = static_cast<int64_t>(value);
  } else if (json.is_number_integer()) {
    out = json.get<int64_t>();
  } else if (json.is_number_float()) {  // 1e6 is a usual way to write a count
    const double value = json.get<double>();
    if (!(std::abs(value) <= 0x1p53) || value != std::trunc(value)) {
      wrong_type(json, where, "an integer");
    }
    out = static_cast<int64_t>(value);
  } else {
    wrong_type(json, where, "an integer");
  }
}

void convert(const Json& json, const std::string& where, int& out) {
  int64_t value = 0;
  convert(json, where, value);
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
    fail(ErrorCode::kInvalidArgument, "{}: {} is out of range", where, value);
  }
  out = static_cast<int>(value);
}

void convert(const Json& json, const std::string& where, double& out) {
  if (!json.is_number()) wrong_type(json, where, "a number");
  out = json.get<double>();
}

void convert(const Json& json, const std::string& where, std::string& out) {
  if (!json.is_string()) wrong_type(json, where, "text");
  out = json.get<std::string>();
}

template <typename T>
void convert(const Json& json, const std::string& where, std::vector<T>& out) {
  if (!json.is_array()) wrong_type(json, where, "a list");
  out.clear();
  for (const Json& element : json) {
    T value{};
    convert(element, fmt::format("{}[{}]", where, out.size()), value);
    out.push_back(std::move(value));
  }
}

std::vector<std::string> keys_of(const Json& json) {
  std::vector<std::string> keys;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) keys.push_back(key);
  } else if (json.is_array()) {
    for (const Json& element : json) {
      if (element.is_object() && element.contains("name") && element["name"].is_string()) {
        keys.push_back(element["name"].get<std::string>());
      }
    }
  }
  return keys;
}

// A member of an object; an element of a list by its `name` or index. Null where there is none.
Json* member(Json& parent, const std::string& key) {
  if (parent.is_object()) {
    const auto found = parent.find(key);
    return found == parent.end() ? nullptr : &*found;
  }
  if (!parent.is_array()) return nullptr;
  for (Json& element : parent) {
    if (!element.is_object()) continue;
    const auto name = element.find("name");
    if (name != element.end() && name->is_string() && name->get_ref<const std::string&>() == key) {
      return &element;
    }
  }
  size_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  const bool whole = error == std::errc() && end == key.data() + key.size() && !key.empty();
  return whole && index < parent.size() ? &parent[index] : nullptr;
}

// "stages[2].with.lr" -> stages, 2, with, lr.
std::vector<std::string> path_segments(std::string_view path) {
  std::string dotted;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == ']') continue;
    dotted += path[i] == '[' ? '.' : path[i];
  }
  return split(dotted, '.');
}

std::string join(const std::vector<std::string>& parts, size_t begin, size_t end) {
  std::string out;
  for (size_t i = begin; i < end; ++i) out += (i > begin ? "." : "") + parts[i];
  return out;
}

}  // namespace

Config::Config(Json json, std::string origin, std::string path)
    : json_(std::move(json)), origin_(std::move(origin)), path_(std::move(path)) {
  if (!json_.is_object()) {
    wrong_type(json_, path_.empty() ? origin_ : origin_ + ": " + path_,
               "a mapping of keys to values");
  }
}

Config Config::load_yaml(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  if (path.extension() == ".json") return Config(parse_json(text, path.string()), path.string());
  return parse_yaml(text, path.string());
}

Config Config::parse_yaml(std::string_view text, std::string origin) {
  Json json = parse_yaml_json(text, origin);
  if (json.is_null()) json = Json::object();
  return Config(std::move(json), std::move(origin));
}

void Config::apply_override(std::string_view assignment) {
  const size_t equals = assignment.find('=');
  const std::vector<std::string> parts = path_segments(trim(assignment.substr(0, equals)));
  const bool hole = std::find(parts.begin(), parts.end(), "") != parts.end();
  if (equals == std::string_view::npos || hole) {
    fail(ErrorCode::kInvalidArgument, "'{}': an override is written key.key=value", assignment);
  }
  Json value =
      parse_yaml_json(assignment.substr(equals + 1), fmt::format("override '{}'", assignment));

  Json* at = &json_;
  for (size_t i = 0; i < parts.size();) {
    // A key or name may hold dots itself ("llama-3.2"): take as few segments as match.
    Json* next = nullptr;
    size_t end = i + 1;
    for (; end <= parts.size() && next == nullptr; ++end) next = member(*at, join(parts, i, end));
    if (next != nullptr) {
      at = next;
      i = end - 1;
    } else if (i + 1 == parts.size() && at->is_object()) {
      (*at)[parts[i]] = std::move(value);  // finish() tells if nobody knows it
      return;
    } else {
      const std::string parent =
          i == 0 ? origin_ : fmt::format("{}: {}", origin_, join(parts, 0, i));
      fail(ErrorCode::kInvalidArgument, "override '{}': {} has no '{}'{}", assignment, parent,
           parts[i], hint(parts[i], keys_of(*at)));
    }
  }
  *at = std::move(value);
}

bool Config::has(std::string_view key) const {
  const auto found = json_.find(key);
  return found != json_.end() && !found->is_null();
}

void Config::mark(std::string_view key) const {
  if (std::find(read_.begin(), read_.end(), key) == read_.end()) read_.emplace_back(key);
}

const Json& Config::raw(std::string_view key) const {
  static const Json kNull;
  mark(key);
  const auto found = json_.find(key);
  return found == json_.end() ? kNull : *found;
}

template <typename T>
T Config::get(std::string_view key) const {
  const Json& json = raw(key);
  if (json.is_null()) {
    std::vector<std::string> unread;
    for (const std::string& present : keys_of(json_)) {
      if (std::find(read_.begin(), read_.end(), present) == read_.end()) unread.push_back(present);
    }
    const auto near = closest(key, unread);
    fail(ErrorCode::kInvalidArgument, "{}: is required{}", where(key),
         near ? fmt::format("; is '{}' a slip for it?", *near) : "");
  }
  T value{};
  convert(json, where(key), value);
  return value;
}

template bool Config::get<bool>(std::string_view) const;
template int Config::get<int>(std::string_view) const;
template int64_t Config::get<int64_t>(std::string_view) const;
template double Config::get<double>(std::string_view) const;
template std::string Config::get<std::string>(std::string_view) const;
template std::vector<int64_t> Config::get<std::vector<int64_t>>(std::string_view) const;
template std::vector<double> Config::get<std::vector<double>>(std::string_view) const;
template std::vector<std::string> Config::get<std::vector<std::string>>(std::string_view) const;

std::string Config::choice(std::string_view key, const std::vector<std::string>& choices,
                           std::optional<std::string> fallback) const {
  if (fallback && !has(key)) return mark(key), *std::move(fallback);
  std::string value = get<std::string>(key);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    fail(ErrorCode::kInvalidArgument, "{}: '{}' is not one of {}{}", where(key), value,
         fmt::join(choices, ", "), hint(value, choices));
  }
  return value;
}

Config Config::child(std::string_view key) const {
  const Json& json = raw(key);
  const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  return Config(json.is_null() ? Json::object() : json, origin_, path);
}

std::vector<Config> Config::children(std::string_view key, std::string_view short_form) const {
  const Json& json = raw(key);
  std::vector<Config> out;
  if (json.is_null()) return out;
  if (!json.is_array()) wrong_type(json, where(key), "a list");
  const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  for (const Json& element : json) {
    const bool is_short = !short_form.empty() && element.is_string();
    out.emplace_back(is_short ? Json{{std::string(short_form), element}} : element, origin_,
                     fmt::format("{}[{}]", path, out.size()));
  }
  return out;
}

void Config::finish() const {
  std::vector<std::string> known, messages;
  for (const std::string& key : read_) {
    if (!json_.contains(key)) known.push_back(key);
  }
  for (const std::string& key : keys_of(json_)) {
    if (std::find(read_.begin(), read_.end(), key) != read_.end()) continue;
    messages.push_back(fmt::format("{}: unknown key{}", where(key), hint(key, known)));
  }
  if (!messages.empty()) fail(ErrorCode::kInvalidArgument, "{}", fmt::join(messages, "\n"));
}

std::string Config::where(std::string_view key) const {
  return fmt::format("{}: {}{}{}", origin_, path_, path_.empty() ? "" : ".", key);
}

std::optional<std::string> closest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  static constexpr size_t kLongest = 100;  // hostile words must not cost quadratic time
  if (word.empty() || word.size() > kLongest) return std::nullopt;
  const std::string lowered = lower(word);
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const size_t d = distance(lowered, lower(candidate));
    if (d < best_distance && d < candidate.size()) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace fundi
