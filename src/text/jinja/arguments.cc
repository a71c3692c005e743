#include "text/jinja/arguments.h"

#include <algorithm>

#include "base/error.h"
#include "text/jinja/operators.h"

namespace fundi::text::jinja {
namespace {

// Calls `each(index, name, optional)` for the parameters of a signature.
template <typename Each>
void for_each_parameter(std::string_view parameters, const Each& each) {
  size_t index = 0;
  while (!parameters.empty()) {
    const size_t space = std::min(parameters.find(' '), parameters.size());
    std::string_view name = parameters.substr(0, space);
    const bool optional = name.ends_with('?');
    if (optional) name.remove_suffix(1);
    each(index++, name, optional);
    parameters.remove_prefix(std::min(space + 1, parameters.size()));
  }
}

}  // namespace

void count_arguments(Heap& heap, const Value& self, const Arguments& arguments) {
  const auto count = [&](const Value& value) {
    heap.touch(value.is_text() ? value.text().size() * 4 : 0);
  };
  count(self);
  for (const Value& argument : arguments.positional) count(argument);
  for (const auto& [name, argument] : arguments.named) count(argument);
}

BoundArguments::BoundArguments(const Arguments& arguments, std::string_view parameters,
                               std::string_view function)
    : parameters_(parameters), function_(function) {
  size_t used = 0;
  for_each_parameter(parameters, [&](size_t index, std::string_view name, bool optional) {
    std::optional<Value>& value = values_.emplace_back();
    if (index < arguments.positional.size()) {
      value = arguments.positional[index];
      ++used;
    }
    for (const auto& [key, given] : arguments.named) {
      if (key != name) continue;
      if (value) fail(ErrorCode::kInvalidArgument, "{}: '{}' is given twice", function, name);
      value = given;
      ++used;
    }
    if (!value && !optional) {
      fail(ErrorCode::kInvalidArgument, "{}: the argument '{}' is missing", function, name);
    }
  });
  if (used < arguments.positional.size() + arguments.named.size()) {
    fail(ErrorCode::kInvalidArgument, "{}: unexpected arguments; it takes ({})", function,
         parameters);
  }
}

std::string_view BoundArguments::parameter(size_t index) const {
  std::string_view found;
  for_each_parameter(parameters_, [&](size_t i, std::string_view name, bool) {
    if (i == index) found = name;
  });
  return found;
}

bool BoundArguments::absent(size_t index, bool or_none) const {
  return !values_[index] || (or_none && values_[index]->is_none());
}

bool BoundArguments::truth(size_t index, bool fallback) const {
  return values_[index] ? truthy(*values_[index]) : fallback;
}

int64_t BoundArguments::integer(size_t index, int64_t fallback, bool or_none) const {
  if (absent(index, or_none)) return fallback;
  if (const auto number = values_[index]->as_integer()) return *number;
  fail(ErrorCode::kInvalidArgument, "{}: '{}' must be an integer, not {}", function_,
       parameter(index), type_name(*values_[index]));
}

std::optional<std::string_view> BoundArguments::view_or_none(size_t index) const {
  return absent(index, true) ? std::nullopt : std::optional(view(index, ""));
}

std::string_view BoundArguments::view(size_t index, std::string_view fallback) const {
  if (!values_[index]) return fallback;
  if (values_[index]->is_text()) return values_[index]->view();
  fail(ErrorCode::kInvalidArgument, "{}: '{}' must be a string, not {}", function_,
       parameter(index), type_name(*values_[index]));
}

}  // namespace fundi::text::jinja
