#pragma once

#include <string>
#include <string_view>

#include "text/jinja/heap.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// How one value is to be laid out: what printf's "%-5.2f" and format's "{:<5.2f}" have in common.
struct FormatSpec {
  std::string fill = " ";
  char align = '\0';       // '<', '>', '^', '=' (between sign and digits); none: as the type has it
  char sign = '-';         // '+' and ' ' mark positive numbers, too
  bool alternate = false;  // 0x before hexadecimal digits
  char separator = '\0';   // ',' or '_' between thousands
  int width = 0;
  int precision = -1;
  char type = '\0';

  bool operator==(const FormatSpec&) const = default;
};

// "[[fill]align][sign][#][0][width][, or _][.precision][type]". Throws kInvalidArgument.
FormatSpec parse_format_spec(std::string_view spec);

// Appends the value so laid out. Throws kInvalidArgument where the type of the specification does
// not fit the value's.
void append_formatted(TextBuilder& out, Heap& heap, const Value& value, const FormatSpec& spec);

}  // namespace fundi::text::jinja
