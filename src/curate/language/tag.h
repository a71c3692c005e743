#pragma once

#include <string>
#include <string_view>

namespace fundi::curate {

// A language as fundi names it: canonical BCP 47 by CLDR, macrolanguages where CLDR prefers them,
// without region, with the script only where it is not the language's usual one: "eng_Latn" is
// "en", "swh" and "sw-KE" "sw", "cmn" "zh", "zh-TW" "zh-Hant", "iw" "he", "sr-Latn" "sr-Latn".
// `script` (ISO 15924), unless empty, overrides what the tag says. Empty for what names no language
// ("und", "x", "").
std::string language_tag(std::string_view tag, std::string_view script = {});

// The script (ISO 15924) that a tag means, said or not: "Latn" for "sw", "Jpan" for "ja". Empty
// where that is not known.
std::string script_of_tag(std::string_view tag);

}  // namespace fundi::curate
