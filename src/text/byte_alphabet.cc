#include "text/byte_alphabet.h"

#include <array>

#include "text/utf8.h"

namespace fundi::text {
namespace {

constexpr int kSymbols = 0x100 + 68;  // one past the largest symbol

struct Alphabet {
  std::array<char32_t, 256> symbol{};
  std::array<int16_t, kSymbols> byte{};

  constexpr Alphabet() {
    byte.fill(-1);
    char32_t next = 0x100;
    for (int b = 0; b < 256; ++b) {
      const bool visible = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      const char32_t c = visible ? static_cast<char32_t>(b) : next++;
      symbol[static_cast<size_t>(b)] = c;
      byte[c] = static_cast<int16_t>(b);
    }
  }
};
constexpr Alphabet kAlphabet;

}  // namespace

char32_t byte_symbol(unsigned char byte) { return kAlphabet.symbol[byte]; }

std::string spell_bytes(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) append_utf8(out, byte_symbol(static_cast<unsigned char>(c)));
  return out;
}

std::optional<std::string> unspell_bytes(std::string_view spelling) {
  std::string out;
  out.reserve(spelling.size());
  for (size_t pos = 0; pos < spelling.size();) {
    const CodePoint c = code_point_at(spelling, pos);
    if (c.value >= kSymbols || kAlphabet.byte[c.value] < 0) return std::nullopt;
    out.push_back(static_cast<char>(kAlphabet.byte[c.value]));
    pos += c.length;
  }
  return out;
}

}  // namespace fundi::text
