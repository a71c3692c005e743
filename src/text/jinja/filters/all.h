#pragma once

#include <span>
#include <string_view>

#include "text/jinja/builtin.h"

namespace fundi::text::jinja {

// The filters: value | name(arguments). A new one is a line in the list of its file and its
// function.
std::span<const BuiltIn> text_filters();      // upper, trim, replace, indent, ...
std::span<const BuiltIn> sequence_filters();  // first, join, sort, unique, batch, ...
std::span<const BuiltIn> select_filters();    // map, select, rejectattr, ...
std::span<const BuiltIn> number_filters();    // int, round, abs, ...
std::span<const BuiltIn> value_filters();     // default, string, tojson, dictsort, ...

// Null where no filter has the name.
const BuiltIn* find_filter(std::string_view name);
// Throws kUnsupported instead.
const BuiltIn& filter_named(std::string_view name);

}  // namespace fundi::text::jinja
