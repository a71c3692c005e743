#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// Seven or eight digits say nothing by themselves.
std::optional<Found> find_id(const Site& site) {
  const Number& number = *site.number;
  const size_t n = number.groups[0].length();
  if ((n != 7 && n != 8) || !site.number_starts() || !site.number_ends(1)) return std::nullopt;
  if (!site.said_before(site.at, {"id", "kitambulisho", "i.d", "maisha"})) return std::nullopt;
  return Found{site.at, number.groups[0].end};
}

// The revenue authority's PIN: A001234567X.
std::optional<Found> find_pin(const Site& site) {
  const Number& number = *site.number;
  const size_t end = number.groups[0].end;
  if (number.groups[0].length() != 9 || site.at <= site.floor) return std::nullopt;
  const char head = site.before(site.at);
  if ((head != 'A' && head != 'P') || is_word(site.before(site.at - 1))) return std::nullopt;
  if (!is_upper(site.after(end)) || is_word(site.after(end + 1))) return std::nullopt;
  return Found{site.at - 1, end + 1};
}

}  // namespace

const RedactKind kKenyaId = {"ke_id", "national_id", "NATIONAL_ID", kDigits, find_id};
const RedactKind kKenyaPin = {"ke_pin", "national_id", "NATIONAL_ID", kDigits, find_pin};

}  // namespace fundi::curate
