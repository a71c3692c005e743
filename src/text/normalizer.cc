#include "text/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>

#include <algorithm>

#include "base/error.h"

namespace fundi::text {
namespace {

// Hugging Face tokenizers normalise by the tables of Unicode 9 and leave younger characters as they
// are; the ids a model was trained on depend on that. Characters of a later age are skipped here
// for the same result (stability of normalisation makes the rest equal).
const icu::Normalizer2& as_of_unicode_9(const icu::Normalizer2* (*instance)(UErrorCode&)) {
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

}  // namespace

Normalizer Normalizer::parse(const JsonReader& json) {
  Normalizer normalizer;
  if (!json.is_null()) normalizer.add(json, 0);
  return normalizer;
}

void Normalizer::add(const JsonReader& json, int depth) {
  const std::string_view type = json.child("type").string();
  if (type == "NFC") {
    forms_.push_back(Form::kNfc);
  } else if (type == "NFD") {
    forms_.push_back(Form::kNfd);
  } else if (type == "NFKC") {
    forms_.push_back(Form::kNfkc);
  } else if (type == "NFKD") {
    forms_.push_back(Form::kNfkd);
  } else if (type == "Sequence" && depth == 0) {
    const JsonReader list = json.child("normalizers");
    size_t index = 0;
    for (const auto element : list.array()) add(list.item(index++, element), depth + 1);
    if (forms_.size() > 16) list.corrupt("more than 16 normalizers");
  } else {
    json.unsupported(fmt::format(
        "normalizer '{}' is not supported; supported are NFC, NFD, NFKC, NFKD and a Sequence of "
        "them",
        type));
  }
}

std::string Normalizer::apply(std::string_view text) const {
  std::string result(text);
  for (const Form form : forms_) {
    // ASCII is the same in every form.
    if (std::all_of(result.begin(), result.end(), [](char c) { return c >= 0; })) break;
    result = normalize(result, form);
  }
  return result;
}

std::string Normalizer::normalize(std::string_view text, Form form) {
  static const icu::Normalizer2& nfc = as_of_unicode_9(icu::Normalizer2::getNFCInstance);
  static const icu::Normalizer2& nfd = as_of_unicode_9(icu::Normalizer2::getNFDInstance);
  static const icu::Normalizer2& nfkc = as_of_unicode_9(icu::Normalizer2::getNFKCInstance);
  static const icu::Normalizer2& nfkd = as_of_unicode_9(icu::Normalizer2::getNFKDInstance);
  const icu::Normalizer2& normalizer = form == Form::kNfc    ? nfc
                                       : form == Form::kNfd  ? nfd
                                       : form == Form::kNfkc ? nfkc
                                                             : nfkd;
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

}  // namespace fundi::text
