#pragma once

#include "text/jinja/arguments.h"
#include "text/jinja/heap.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

class Evaluator;

// Python's `format % arguments`: %s %r %d %i %f %e %g %x %o %c %% with flags, width and precision,
// and %(name)s from a dict. Throws kInvalidArgument.
Value format_printf(Heap& heap, const TracedText& format, const Value& arguments);

// Python's format.format(*positional, **named), with attributes and subscripts in the fields.
// Throws kInvalidArgument.
Value format_braces(Evaluator& evaluator, const TracedText& format, const Arguments& arguments);

}  // namespace fundi::text::jinja
