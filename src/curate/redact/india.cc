#include <algorithm>

#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// Twelve digits with Verhoeff's check, in fours or where it is said what they are.
std::optional<Found> find_aadhaar(const Site& site) {
  const Number& number = *site.number;
  const size_t groups = number.groups_of(12);
  if (groups == 0 || number.digits[0] < '2' || !verhoeff(number.view(0, 12))) return std::nullopt;
  if (!site.number_starts() || !site.number_ends(groups)) return std::nullopt;
  if (!number.grouped({4, 4, 4}, " -") &&
      !site.said_before(site.at, {"aadhaar", "aadhar", "uid", "uidai"})) {
    return std::nullopt;
  }
  return Found{site.at, number.groups[groups - 1].end};
}

// Permanent account number: ABCPD1234E, the fourth letter telling the kind of holder.
std::optional<Found> find_pan(const Site& site) {
  const size_t end = site.number->groups[0].end;
  if (site.number->groups[0].length() != 4 || site.at < site.floor + 5) return std::nullopt;
  const std::string_view head = site.text.substr(site.at - 5, 5);
  if (!std::all_of(head.begin(), head.end(), is_upper) || is_word(site.before(site.at - 5)) ||
      std::string_view("ABCFGHJLPT").find(head[3]) == std::string_view::npos) {
    return std::nullopt;
  }
  if (!is_upper(site.after(end)) || is_word(site.after(end + 1))) return std::nullopt;
  return Found{site.at - 5, end + 1};
}

}  // namespace

const RedactKind kIndiaAadhaar = {"in_aadhaar", "national_id", "NATIONAL_ID", kDigits,
                                  find_aadhaar};
const RedactKind kIndiaPan = {"in_pan", "national_id", "NATIONAL_ID", kDigits, find_pan};

}  // namespace fundi::curate
