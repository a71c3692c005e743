#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/heap.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// What a call gives.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<TracedText, Value>> named;
};

// Counts that a function goes through all of the text it is given, characters singly.
void count_arguments(Heap& heap, const Value& self, const Arguments& arguments);

// Arguments laid out by the parameters of a built-in function, which are spelled "old new count?":
// names parted by spaces, a question mark behind those that may be left out.
class BoundArguments {
 public:
  // Throws kInvalidArgument where they do not fit; `function` names it.
  BoundArguments(const Arguments& arguments, std::string_view parameters,
                 std::string_view function);

  bool has(size_t index) const { return values_[index].has_value(); }
  const Value& operator[](size_t index) const { return *values_[index]; }  // requires has()
  Value or_none(size_t index) const { return values_[index].value_or(Value::none()); }
  // With a fallback for what was not given; None counts as not given where `or_none`. These throw
  // kInvalidArgument for a value of another type.
  bool truth(size_t index, bool fallback) const;
  int64_t integer(size_t index, int64_t fallback, bool or_none = false) const;
  std::string_view view(size_t index, std::string_view fallback) const;
  // Nothing where it was not given or is None.
  std::optional<std::string_view> view_or_none(size_t index) const;

 private:
  bool absent(size_t index, bool or_none) const;
  std::string_view parameter(size_t index) const;
  std::string_view parameters_, function_;
  std::vector<std::optional<Value>> values_;
};

}  // namespace fundi::text::jinja
