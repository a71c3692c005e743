#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "text/jinja/builtin.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// The methods of Python's types that a template may call. A new one is a line in the list of its
// type and its function.
std::span<const BuiltIn> text_methods();
std::span<const BuiltIn> sequence_methods();  // of lists and tuples
std::span<const BuiltIn> dict_methods();

// The method of that name, bound to `self`; nothing where its type has none.
std::optional<Value> bound_method(Heap& heap, const Value& self, std::string_view name);

// Methods that Python has, but the sandbox hides, since they change a list or dict.
bool changes_in_place(const Value& self, std::string_view name);

}  // namespace fundi::text::jinja
