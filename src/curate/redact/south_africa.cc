#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// YYMMDD, four digits, citizenship 0 to 2, any digit, Luhn.
std::optional<Found> find(const Site& site) {
  const Number& number = *site.number;
  const size_t groups = number.groups_of(13);
  if (groups == 0 ||
      (groups > 1 && !number.grouped({6, 4, 2, 1}, " ") && !number.grouped({6, 4, 3}, " "))) {
    return std::nullopt;
  }
  const auto two = [&](size_t i) {
    return (number.digits[i] - '0') * 10 + number.digits[i + 1] - '0';
  };
  const bool date = two(2) >= 1 && two(2) <= 12 && two(4) >= 1 && two(4) <= 31;
  if (!date || number.digits[10] > '2' || !luhn(number.view(0, 13))) return std::nullopt;
  if (!site.number_starts() || !site.number_ends(groups)) return std::nullopt;
  return Found{site.at, number.groups[groups - 1].end};
}

}  // namespace

const RedactKind kSouthAfricaId = {"za_id", "national_id", "NATIONAL_ID", kDigits, find};

}  // namespace fundi::curate
