#include "curate/language/tag.h"

#include <unicode/locid.h>

#include <algorithm>
#include <cctype>

namespace fundi::curate {
namespace {

constexpr size_t kLongestTag = 64;

// With all that CLDR thinks likely; bogus for what it cannot read.
icu::Locale complete(icu::Locale locale) {
  UErrorCode status = U_ZERO_ERROR;
  locale.canonicalize(status);
  locale.addLikelySubtags(status);
  if (U_FAILURE(status)) locale.setToBogus();
  return locale;
}

bool is_script(std::string_view script) {
  return script.size() == 4 && std::all_of(script.begin(), script.end(),
                                           [](unsigned char c) { return std::isalpha(c) != 0; });
}

icu::Locale parse(std::string_view tag) {
  icu::Locale none;
  none.setToBogus();
  if (tag.size() < 2 || tag.size() > kLongestTag) return none;
  std::string text(tag);
  std::replace(text.begin(), text.end(), '_', '-');
  UErrorCode status = U_ZERO_ERROR;
  const icu::Locale locale = icu::Locale::forLanguageTag(text, status);
  return U_SUCCESS(status) && *locale.getLanguage() != '\0' ? locale : none;
}

}  // namespace

std::string language_tag(std::string_view tag, std::string_view script) {
  const icu::Locale stated = parse(tag);
  if (stated.isBogus()) return {};
  icu::Locale full = complete(stated);
  if (full.isBogus()) return {};
  const std::string language = full.getLanguage();
  const std::string written = is_script(script) ? std::string(script) : full.getScript();
  const std::string usual = complete(icu::Locale(language.c_str())).getScript();
  return written.empty() || written == usual ? language : language + "-" + written;
}

std::string script_of_tag(std::string_view tag) {
  const icu::Locale stated = parse(tag);
  if (stated.isBogus()) return {};
  const icu::Locale full = complete(stated);
  return full.isBogus() ? std::string() : full.getScript();
}

}  // namespace fundi::curate
