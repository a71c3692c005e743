#include "curate/words/folding.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include "base/error.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

constexpr char32_t kTable = 0x20000;
constexpr UChar32 kZeroWidthSpace = 0x200B;

// Of a character that does not decompose further.
uint32_t fold_part(UChar32 c) {
  const uint32_t category = U_GET_GC_MASK(c);
  if (c == kZeroWidthSpace) return U' ';
  // Other marks with a combining class go as well: what is left needs no ordering.
  if ((category & (U_GC_MN_MASK | U_GC_CF_MASK)) || u_getCombiningClass(c) != 0) {
    return Folding::kNothing;
  }
  if (category & (U_GC_P_MASK | U_GC_S_MASK | U_GC_Z_MASK | U_GC_CC_MASK)) return U' ';
  if (category & U_GC_ND_MASK) return U'0';
  return static_cast<uint32_t>(u_foldCase(c, U_FOLD_CASE_DEFAULT));
}

std::u32string fold(char32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  static const icu::Normalizer2* const nfd = icu::Normalizer2::getNFDInstance(status);
  if (nfd == nullptr) fail(ErrorCode::kInternal, "ICU has no NFD");
  icu::UnicodeString parts;
  if (!nfd->getDecomposition(static_cast<UChar32>(c), parts)) {
    parts.setTo(static_cast<UChar32>(c));
  }
  std::u32string out;
  for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
    const uint32_t part = fold_part(parts.char32At(i));
    if (part != Folding::kNothing) out += static_cast<char32_t>(part);
  }
  return out;
}

}  // namespace

uint32_t Folding::compute(char32_t c) {
  const std::u32string folded = fold(c);
  return folded.empty() ? kNothing : static_cast<uint32_t>(folded[0]);
}

Folding::Folding() : of_(kTable) {
  for (char32_t c = 0; c < kTable; ++c) {
    const std::u32string folded = fold(c);
    if (folded.size() > 1) {
      of_[c] = kSeveral | static_cast<uint32_t>(several_.size());
      std::string& bytes = several_.emplace_back();
      for (const char32_t part : folded) text::append_utf8(bytes, part);
    } else {
      of_[c] = folded.empty() ? kNothing : static_cast<uint32_t>(folded[0]);
    }
  }
  for (size_t c = 0; c < ascii_.size(); ++c) ascii_[c] = static_cast<char>(of_[c]);
}

const Folding& Folding::get() {
  static const Folding folding;
  return folding;
}

}  // namespace fundi::curate
