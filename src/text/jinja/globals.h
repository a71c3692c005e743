#pragma once

#include <span>

#include "text/jinja/builtin.h"

namespace fundi::text::jinja {

// The functions every template can call: range, dict, namespace, joiner, and the raise_exception
// and strftime_now of transformers. A new one is a line in the list and its function.
std::span<const BuiltIn> globals();

}  // namespace fundi::text::jinja
