#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// NIN and BVN are eleven digits without a check, as phone numbers are.
std::optional<Found> find(const Site& site) {
  const Number& number = *site.number;
  const size_t groups = number.groups_of(11);
  if (groups == 0 || !site.number_starts() || !site.number_ends(groups)) return std::nullopt;
  if (!site.said_before(site.at, {"nin", "bvn", "national identification number"})) {
    return std::nullopt;
  }
  return Found{site.at, number.groups[groups - 1].end};
}

}  // namespace

const RedactKind kNigeriaNin = {"ng_nin", "national_id", "NATIONAL_ID", kDigits, find};

}  // namespace fundi::curate
