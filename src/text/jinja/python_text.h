#pragma once

#include "text/jinja/heap.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// Python's str() and repr() of values. Throw the heap's limits.
void append_str(TextBuilder& out, Heap& heap, const Value& value);
void append_repr(TextBuilder& out, Heap& heap, const Value& value);

// str() as a value; a text is returned as it is.
Value to_text(Heap& heap, const Value& value);

}  // namespace fundi::text::jinja
