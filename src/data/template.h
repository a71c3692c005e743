#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fundi::data {

// Every wording of a text with alternatives: "[Please |]say [it|this]" stands for four. "[[" and
// "]]" are brackets themselves. In the order in which they are written, the last alternative
// changing fastest. Throws kInvalidArgument, its message starting with `where`, for a stray
// bracket, a group inside a group, and more than 10,000 wordings.
std::vector<std::string> expand_alternatives(std::string_view text, std::string_view where);

// A text with {placeholders}, cut into pieces once and then filled in many times. "{{" and "}}" are
// braces themselves.
class Template {
 public:
  // `names` are the placeholders there are. Throws kInvalidArgument, its message starting with
  // `where`, for an unknown placeholder and a stray brace.
  Template(std::string_view text, const std::vector<std::string>& names, std::string_view where);

  bool has_placeholder() const { return !slots_.empty(); }
  bool blank() const;  // nothing but white space, whatever the values

  // `values` in the order of the constructor's `names`.
  std::string fill(const std::vector<std::string_view>& values) const;

 private:
  struct Slot {
    std::string before;  // literal text in front of it
    size_t name;         // index of the value
  };
  std::vector<Slot> slots_;
  std::string after_;
};

}  // namespace fundi::data
