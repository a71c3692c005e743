#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// Countries of the IBAN registry and the length of theirs.
constexpr std::string_view kLengths =
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
    "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 "
    "IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 "
    "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 ";

size_t length_of(std::string_view country) {
  for (size_t i = 0; i < kLengths.size(); i += 5) {
    if (kLengths.substr(i, 2) == country) {
      return static_cast<size_t>(kLengths[i + 2] - '0') * 10 +
             static_cast<size_t>(kLengths[i + 3] - '0');
    }
  }
  return 0;
}

// ISO 7064 over the rearranged characters, letters standing for 10 to 35.
bool checks(std::string_view iban) {
  uint32_t remainder = 0;
  for (size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];
    remainder = is_digit(c) ? (remainder * 10 + static_cast<uint32_t>(c - '0')) % 97
                            : (remainder * 100 + static_cast<uint32_t>(c - 'A') + 10) % 97;
  }
  return remainder == 1;
}

// Asked at the check digits, behind the country.
std::optional<Found> find(const Site& site) {
  const std::string_view text = site.text;
  if (site.at < site.floor + 2 || site.at + 2 > text.size()) return std::nullopt;
  const size_t begin = site.at - 2;
  if (!is_upper(text[begin]) || !is_upper(text[begin + 1]) || is_word(site.before(begin))) {
    return std::nullopt;
  }
  const size_t length = length_of(text.substr(begin, 2));
  if (length == 0) return std::nullopt;
  std::string iban;
  size_t end = begin;
  for (; end < text.size() && iban.size() < length; ++end) {
    const char c = text[end];
    if (is_digit(c) || is_upper(c)) {
      iban += c;
    } else if ((c != ' ' && c != '-') || iban.size() % 4 != 0) {
      return std::nullopt;
    }
  }
  if (iban.size() < length || is_word(site.after(end)) || !checks(iban)) return std::nullopt;
  return Found{begin, end};
}

}  // namespace

const RedactKind kIban = {"iban", "", "IBAN", kDigits, find};

}  // namespace fundi::curate
