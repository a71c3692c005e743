#include "data/template.h"

#include <utility>

#include "base/config.h"
#include "base/error.h"
#include "base/text.h"

namespace fundi::data {
namespace {

constexpr size_t kMaxWordings = 10'000;

[[noreturn]] void stray(char c, const char* kind, std::string_view text, std::string_view where) {
  fail(ErrorCode::kInvalidArgument, "{}: stray '{}' in \"{}\"; write it twice to mean a {}", where,
       c, text, kind);
}

size_t index_of(std::string_view name, const std::vector<std::string>& names,
                std::string_view where) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i;
  }
  std::string known;
  for (const std::string& n : names) {
    known += fmt::format("{}{{{}}}", known.empty() ? "" : " and ", n);
  }
  const auto near = closest(name, names);
  fail(ErrorCode::kInvalidArgument, "{}: unknown placeholder {{{}}}{}; there are {}", where, name,
       near ? fmt::format(", did you mean {{{}}}?", *near) : "", known);
}

// Each of `starts` followed by each of `ends`.
std::vector<std::string> product(const std::vector<std::string>& starts,
                                 const std::vector<std::string>& ends, std::string_view where) {
  if (starts.size() * ends.size() > kMaxWordings) {
    fail(ErrorCode::kInvalidArgument, "{}: its alternatives make more than {} wordings", where,
         kMaxWordings);
  }
  std::vector<std::string> out;
  out.reserve(starts.size() * ends.size());
  for (const std::string& start : starts) {
    for (const std::string& end : ends) out.push_back(start + end);
  }
  return out;
}

}  // namespace

std::vector<std::string> expand_alternatives(std::string_view text, std::string_view where) {
  std::vector<std::string> wordings{""};
  std::vector<std::string> group{""};  // alternatives of the group, or one literal between groups
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '[' || c == ']') && i + 1 < text.size() && text[i + 1] == c) {
      group.back() += c;
      ++i;
    } else if (c == '[' || c == ']') {
      if (inside != (c == ']')) stray(c, "bracket", text, where);
      wordings = product(wordings, std::exchange(group, {""}), where);
      inside = !inside;
    } else if (c == '|' && inside) {
      group.emplace_back();
    } else {
      group.back() += c;
    }
  }
  if (inside) stray('[', "bracket", text, where);
  return product(wordings, group, where);
}

Template::Template(std::string_view text, const std::vector<std::string>& names,
                   std::string_view where) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      after_ += c;
      ++i;
    } else if (c == '{') {
      const size_t close = text.find('}', i);
      if (close == text.npos) stray(c, "brace", text, where);
      const size_t name = index_of(text.substr(i + 1, close - i - 1), names, where);
      slots_.push_back({std::exchange(after_, ""), name});
      i = close;
    } else if (c == '}') {
      stray(c, "brace", text, where);
    } else {
      after_ += c;
    }
  }
}

bool Template::blank() const { return slots_.empty() && trim(after_).empty(); }

std::string Template::fill(const std::vector<std::string_view>& values) const {
  std::string out;
  for (const Slot& slot : slots_) (out += slot.before) += values[slot.name];
  return out += after_;
}

}  // namespace fundi::data
