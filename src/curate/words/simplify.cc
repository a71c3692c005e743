#include "curate/words/simplify.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include "base/error.h"
#include "base/hash.h"
#include "curate/words/words.h"
#include "text/utf8.h"

namespace fundi::curate {

std::string simplify(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU has no NFD");
  std::string decomposed;
  icu::StringByteSink<std::string> sink(&decomposed);
  nfd->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink,
                     nullptr, status);
  std::string out;
  bool space = false;
  text::for_each_character(decomposed, [&](char32_t c, std::string_view) {
    const uint32_t mask = U_GET_GC_MASK(static_cast<UChar32>(c));
    if ((mask & U_GC_MN_MASK) || u_getCombiningClass(static_cast<UChar32>(c)) != 0) return;
    if ((mask & U_GC_CF_MASK) && c != 0x200B) return;
    if ((mask & (U_GC_P_MASK | U_GC_S_MASK | U_GC_Z_MASK | U_GC_CC_MASK)) || c == 0x200B) {
      space = true;
      return;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    text::append_utf8(
        out, mask & U_GC_ND_MASK
                 ? U'0'
                 : static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT)));
  });
  return out;
}

void shingle_hashes(std::string_view simplified, int n, std::vector<uint64_t>& hashes) {
  hashes.clear();
  std::vector<Word> words;
  split_words(simplified, words);
  for (size_t i = 0; i + static_cast<size_t>(n) <= words.size(); ++i) {
    uint64_t hash = 0;
    for (size_t k = i; k < i + static_cast<size_t>(n); ++k)
      hash = hash64(words[k].in(simplified), hash);
    hashes.push_back(hash);
  }
}

}  // namespace fundi::curate
