#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi {

// Human-readable numbers for terminals and reports.
std::string format_count(int64_t n);          // 12,345
std::string format_bytes(uint64_t bytes);     // 12.3 MB (powers of 1000)
std::string format_duration(double seconds);  // 01:23, 1:02:03

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string replace_all(std::string text, std::string_view from, std::string_view to);
std::string html_escape(std::string_view text);

// The offset of the first byte that is not valid UTF-8, or npos.
size_t find_invalid_utf8(std::string_view text);

}  // namespace fundi
