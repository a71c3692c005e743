#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fundi::text {

// RFC 4648, with padding. Decoding gives nothing where the text is malformed.
std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace fundi::text
