#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fundi::text::jinja {

// Numbers as Python reads and writes them.

// As int(text, base), with a prefix such as 0x that fits the base; nothing where it is no number or
// one beyond 64 bits.
std::optional<int64_t> parse_integer(std::string_view text, int base);
// As float(text).
std::optional<double> parse_real(std::string_view text);

// As int(number); nothing beyond 64 bits.
std::optional<int64_t> truncated(double number);

// As repr(number): the shortest digits that read back as the same number.
std::string float_repr(double number);

}  // namespace fundi::text::jinja
