#include "text/regex/char_set.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "text/unicode_data.h"

namespace fundi::text {
namespace {

struct Run {
  char32_t first, last;
  UCharCategory category;
};

// The major and minor version of PCRE2's tables.
std::array<int, 2> pcre2_unicode_version() {
  char text[32] = {};
  std::array<int, 2> version{};
  if (pcre2_config(PCRE2_CONFIG_UNICODE_VERSION, nullptr) < static_cast<int>(sizeof text)) {
    pcre2_config(PCRE2_CONFIG_UNICODE_VERSION, text);
    std::sscanf(text, "%d.%d", &version[0], &version[1]);
  }
  return version;
}

// The runs of characters that PCRE2 takes for unassigned.
const std::vector<Run>& younger_runs() {
  static const std::vector<Run> runs = [] {
    const std::array<int, 2> known = pcre2_unicode_version();
    const auto is_younger = [&](char32_t c) {
      UVersionInfo age;
      u_charAge(static_cast<UChar32>(c), age);
      return age[0] == 0 || std::array<int, 2>{age[0], age[1]} > known;
    };
    std::vector<Run> result;
    for_each_category_run([&](char32_t first, char32_t last, UCharCategory category) {
      if (category == U_UNASSIGNED || category == U_PRIVATE_USE_CHAR || category == U_SURROGATE) {
        return;
      }
      for (char32_t c = first; c <= last; ++c) {
        if (!is_younger(c)) continue;
        if (!result.empty() && result.back().last + 1 == c && result.back().category == category) {
          result.back().last = c;
        } else {
          result.push_back({c, c, category});
        }
      }
    });
    return result;
  }();
  return runs;
}

std::string younger_items(uint32_t mask) {
  std::string items;
  for (const Run& run : younger_runs()) {
    if (U_MASK(run.category) & mask) {
      items += fmt::format("\\x{{{:X}}}-\\x{{{:X}}}", static_cast<uint32_t>(run.first),
                           static_cast<uint32_t>(run.last));
    }
  }
  return items;
}

struct Category {
  std::string_view name, long_name;
  uint32_t mask;
};
constexpr Category kCategories[] = {
    {"L", "letter", U_GC_L_MASK},
    {"Lu", "uppercaseletter", U_GC_LU_MASK},
    {"Ll", "lowercaseletter", U_GC_LL_MASK},
    {"Lt", "titlecaseletter", U_GC_LT_MASK},
    {"Lm", "modifierletter", U_GC_LM_MASK},
    {"Lo", "otherletter", U_GC_LO_MASK},
    {"M", "mark", U_GC_M_MASK},
    {"Mn", "nonspacingmark", U_GC_MN_MASK},
    {"Mc", "spacingmark", U_GC_MC_MASK},
    {"Me", "enclosingmark", U_GC_ME_MASK},
    {"N", "number", U_GC_N_MASK},
    {"Nd", "decimalnumber", U_GC_ND_MASK},
    {"Nl", "letternumber", U_GC_NL_MASK},
    {"No", "othernumber", U_GC_NO_MASK},
    {"P", "punctuation", U_GC_P_MASK},
    {"Pc", "connectorpunctuation", U_GC_PC_MASK},
    {"Pd", "dashpunctuation", U_GC_PD_MASK},
    {"Ps", "openpunctuation", U_GC_PS_MASK},
    {"Pe", "closepunctuation", U_GC_PE_MASK},
    {"Pi", "initialpunctuation", U_GC_PI_MASK},
    {"Pf", "finalpunctuation", U_GC_PF_MASK},
    {"Po", "otherpunctuation", U_GC_PO_MASK},
    {"S", "symbol", U_GC_S_MASK},
    {"Sm", "mathsymbol", U_GC_SM_MASK},
    {"Sc", "currencysymbol", U_GC_SC_MASK},
    {"Sk", "modifiersymbol", U_GC_SK_MASK},
    {"So", "othersymbol", U_GC_SO_MASK},
    {"Z", "separator", U_GC_Z_MASK},
    {"Zs", "spaceseparator", U_GC_ZS_MASK},
    {"Zl", "lineseparator", U_GC_ZL_MASK},
    {"Zp", "paragraphseparator", U_GC_ZP_MASK},
    {"Cc", "control", U_GC_CC_MASK},
    {"Cf", "format", U_GC_CF_MASK},
    {"Co", "privateuse", U_GC_CO_MASK},
};

std::string category_items(std::string_view name, uint32_t mask) {
  return fmt::format("\\p{{{}}}", name) + younger_items(mask);
}

// Names are compared without case, spaces, '_' and '-'.
std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != ' ' && c != '_' && c != '-') {
      out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
  }
  return out;
}

}  // namespace

std::string property_items(std::string_view name) {
  const std::string plain = plain_name(name);
  for (const Category& category : kCategories) {
    if (plain == plain_name(category.name) || plain == category.long_name) {
      return category_items(category.name, category.mask);
    }
  }
  if (std::string items = posix_items(plain); !items.empty()) return items;
  UErrorCode status = U_ZERO_ERROR;
  UScriptCode script = USCRIPT_INVALID_CODE;
  const std::string terminated(name);
  if (uscript_getCode(terminated.c_str(), &script, 1, &status) != 1 || U_FAILURE(status)) return {};
  std::string items = fmt::format("\\p{{sc:{}}}", uscript_getName(script));
  for (const Run& run : younger_runs()) {
    for (char32_t c = run.first; c <= run.last; ++c) {
      const bool of_unicode_15_1 = script == USCRIPT_HAN && c >= 0x2EBF0 && c <= 0x2EE5D;
      if (of_unicode_15_1 || uscript_getScript(static_cast<UChar32>(c), &status) == script) {
        items += fmt::format("\\x{{{:X}}}", static_cast<uint32_t>(c));
      }
    }
  }
  return items;
}

std::string posix_items(std::string_view name) {
  if (name == "digit") return digit_items();
  if (name == "space") return space_items();
  if (name == "word") return word_items();
  if (name == "xdigit") return hex_items();
  if (name == "ascii") return "\\x00-\\x7F";
  if (name == "blank") return "\\t" + category_items("Zs", U_GC_ZS_MASK);
  if (name == "cntrl") return "\\p{Cc}";
  if (name == "alpha") {
    return "\\p{Alphabetic}" + younger_items(U_GC_L_MASK | U_GC_NL_MASK);
  }
  if (name == "alnum") {
    return "\\p{Alphabetic}" + younger_items(U_GC_L_MASK | U_GC_NL_MASK) + digit_items();
  }
  if (name == "upper") return "\\p{Uppercase}" + younger_items(U_GC_LU_MASK);
  if (name == "lower") return "\\p{Lowercase}" + younger_items(U_GC_LL_MASK);
  if (name == "punct") {
    return category_items("P", U_GC_P_MASK) + category_items("S", U_GC_S_MASK);
  }
  return {};
}

std::string digit_items() { return category_items("Nd", U_GC_ND_MASK); }

std::string space_items() {
  return "\\t-\\r\\x20\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}"
         "\\x{3000}";
}

std::string word_items() {
  // Oniguruma counts the superscript digits and fractions of Latin-1 in.
  return "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{B2}\\x{B3}\\x{B9}\\x{BC}-\\x{BE}" +
         younger_items(U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_NL_MASK | U_GC_PC_MASK);
}

std::string hex_items() { return "0-9A-Fa-f"; }

}  // namespace fundi::text
