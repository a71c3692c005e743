#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fundi::curate {

// How much of a source: bytes of text, or tokens.
struct Amount {
  double number = 0;  // 0: no bound
  bool tokens = false;
};

// "64MB", "1.5 GB", "4096" -> bytes, powers of 1000. Throws kInvalidArgument starting with `where`,
// as do the others.
uint64_t parse_bytes(std::string_view text, const std::string& where);
// "500M", "1.5 B", "4096" of tokens.
uint64_t parse_tokens(std::string_view text, const std::string& where);
// "2GB", "500M tokens".
Amount parse_amount(std::string_view text, const std::string& where);

}  // namespace fundi::curate
