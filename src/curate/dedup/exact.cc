#include "curate/dedup/exact.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <xxhash.h>

#include <array>

#include "base/error.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::curate::dedup {
namespace {

constexpr std::array<char, 128> kAsciiFolded = [] {
  std::array<char, 128> table{};
  for (int c = 0; c < 128; ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    table[static_cast<size_t>(c)] = static_cast<char>(upper ? c + 32 : space ? ' ' : c);
  }
  return table;
}();

void check(UErrorCode status, const char* what) {
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU cannot {}: {}", what, u_errorName(status));
}

std::string lower_nfc(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  std::string lower, composed;
  icu::StringByteSink<std::string> lower_sink(&lower), composed_sink(&composed);
  const auto piece = [](std::string_view s) {
    return icu::StringPiece(s.data(), static_cast<int32_t>(s.size()));
  };
  if (text.size() > INT32_MAX / 2) {
    fail(ErrorCode::kUnsupported, "a text of {} bytes cannot be folded; the most is 1 GiB",
         text.size());
  }
  icu::CaseMap::utf8ToLower("", 0, piece(text), lower_sink, nullptr, status);
  check(status, "lower the case");
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  check(status, "load NFC");
  nfc->normalizeUTF8(0, piece(lower), composed_sink, nullptr, status);
  check(status, "normalise");
  return composed;
}

// `in` is lower case but for ASCII, which needs no library.
std::string fold_spaces(std::string_view in) {
  const uint8_t* classes = text::char_classes();
  std::string out(in.size(), '\0');
  size_t size = 0;
  for (size_t pos = 0; pos < in.size();) {
    const auto byte = static_cast<unsigned char>(in[pos]);
    if (byte < 0x80) {
      const char c = kAsciiFolded[byte];
      ++pos;
      if (c == ' ' && (size == 0 || out[size - 1] == ' ')) continue;
      out[size++] = c;
      continue;
    }
    const text::CodePoint c = text::code_point_at(in, pos);
    if (classes[c.value] & text::kSpace) {
      if (size > 0 && out[size - 1] != ' ') out[size++] = ' ';
    } else {
      in.copy(out.data() + size, c.length, pos);
      size += c.length;
    }
    pos += c.length;
  }
  if (size > 0 && out[size - 1] == ' ') --size;
  out.resize(size);
  return out;
}

}  // namespace

Hash128 hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

std::string fold(std::string_view text) {
  return fold_spaces(text::is_ascii(text) ? text : std::string_view(lower_nfc(text)));
}

Hash128 exact_hash(std::string_view text, ExactForm form) {
  return form == ExactForm::kAsIs ? hash128(text) : hash128(fold(text));
}

}  // namespace fundi::curate::dedup
