#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>

#include "base/error.h"
#include "text/normalizers/all.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

using Instance = const icu::Normalizer2*(UErrorCode&);

// Hugging Face tokenizers normalise by the tables of Unicode 9 and leave younger characters as they
// are; the ids a model was trained on depend on that. Characters of a later age are skipped here
// for the same result (stability of normalisation makes the rest equal).
const icu::Normalizer2& as_of_unicode_9(Instance* instance) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* full = instance(status);
  static const icu::UnicodeSet* const old = [] {
    UErrorCode error = U_ZERO_ERROR;
    auto* set = new icu::UnicodeSet(u"[:age=9.0:]", error);
    if (U_FAILURE(error)) fail(ErrorCode::kInternal, "ICU: {}", u_errorName(error));
    set->freeze();
    return set;
  }();
  if (U_FAILURE(status)) {
    fail(ErrorCode::kInternal, "ICU has no normalisation data: {}", u_errorName(status));
  }
  return *new icu::FilteredNormalizer2(*full, *old);
}

std::string normalize(std::string_view text, const icu::Normalizer2& normalizer) {
  if (text.size() > 0x30000000) {
    fail(ErrorCode::kInvalidArgument, "a text of {} bytes is too long to normalise; split it",
         text.size());
  }
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  std::string result;
  icu::StringByteSink<std::string> sink(&result, static_cast<int32_t>(text.size()));
  normalizer.normalizeUTF8(0, piece, sink, nullptr, status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU: {}", u_errorName(status));
  return result;
}

class UnicodeForm : public NormalizerStep {
 public:
  explicit UnicodeForm(const icu::Normalizer2& normalizer) : normalizer_(normalizer) {}
  void apply(NormalizedText& text) const override {
    // ASCII is the same in every form.
    if (!is_ascii(text.text)) text.text = normalize(text.text, normalizer_);
  }

 private:
  const icu::Normalizer2& normalizer_;
};

// One object a form for the whole process: ICU's are never freed either.
template <Instance* kInstance>
const icu::Normalizer2& shared() {
  static const icu::Normalizer2& normalizer = as_of_unicode_9(kInstance);
  return normalizer;
}

}  // namespace

std::unique_ptr<NormalizerStep> make_nfc(const JsonReader&) {
  return std::make_unique<UnicodeForm>(shared<icu::Normalizer2::getNFCInstance>());
}
std::unique_ptr<NormalizerStep> make_nfd(const JsonReader&) {
  return std::make_unique<UnicodeForm>(shared<icu::Normalizer2::getNFDInstance>());
}
std::unique_ptr<NormalizerStep> make_nfkc(const JsonReader&) {
  return std::make_unique<UnicodeForm>(shared<icu::Normalizer2::getNFKCInstance>());
}
std::unique_ptr<NormalizerStep> make_nfkd(const JsonReader&) {
  return std::make_unique<UnicodeForm>(shared<icu::Normalizer2::getNFKDInstance>());
}

std::string to_nfd(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  return normalize(text, shared<icu::Normalizer2::getNFDInstance>());
}

}  // namespace fundi::text
