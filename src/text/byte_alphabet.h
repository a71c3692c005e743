#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fundi::text {

// GPT-2's way of writing bytes as visible characters: printable Latin-1 stands for itself, the
// other 68 bytes for U+0100 and up.

// The character a byte is written as.
char32_t byte_symbol(unsigned char byte);

// The spelling of bytes in tokenizer.json.
std::string spell_bytes(std::string_view bytes);

// The bytes of a spelling; nothing where a character is outside the alphabet. Requires UTF-8.
std::optional<std::string> unspell_bytes(std::string_view spelling);

}  // namespace fundi::text
