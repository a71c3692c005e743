#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// Social security number: 123-45-6789; 000, 666 and 900 on, 00 and 0000 are not given out.
std::optional<Found> find(const Site& site) {
  const Number& number = *site.number;
  if (!number.grouped({3, 2, 4}, "-")) {
    if (!number.grouped({3, 2, 4}, " ") ||
        !site.said_before(site.at, {"ssn", "social security number", "social security"})) {
      return std::nullopt;
    }
  }
  const std::string_view area = number.view(0, 3);
  if (area == "000" || area == "666" || area[0] == '9') return std::nullopt;
  if (number.view(3, 2) == "00" || number.view(5, 4) == "0000") return std::nullopt;
  if (!site.number_starts() || !site.number_ends(3)) return std::nullopt;
  return Found{site.at, number.groups[2].end};
}

}  // namespace

const RedactKind kUnitedStatesSsn = {"us_ssn", "national_id", "NATIONAL_ID", kDigits, find};

}  // namespace fundi::curate
