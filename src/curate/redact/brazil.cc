#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

bool checks(std::string_view digits) {
  if (digits.find_first_not_of(digits[0]) == std::string_view::npos) return false;
  for (const size_t n : {9u, 10u}) {
    size_t sum = 0;
    for (size_t i = 0; i < n; ++i) sum += static_cast<size_t>(digits[i] - '0') * (n + 1 - i);
    if (sum * 10 % 11 % 10 != static_cast<size_t>(digits[n] - '0')) return false;
  }
  return true;
}

// CPF: 123.456.789-09, or eleven digits where it is said what they are.
std::optional<Found> find(const Site& site) {
  const Number& number = *site.number;
  const size_t groups = number.groups_of(11);
  if (groups == 0 || !checks(number.view(0, 11))) return std::nullopt;
  if (!site.number_starts() || !site.number_ends(groups)) return std::nullopt;
  const bool formatted = groups == 4 && number.grouped({3, 3, 3}, ".") &&
                         number.groups[3].length() == 2 && number.groups[3].separator == '-';
  if (!formatted && !site.said_before(site.at, {"cpf"})) return std::nullopt;
  return Found{site.at, number.groups[groups - 1].end};
}

}  // namespace

const RedactKind kBrazilCpf = {"br_cpf", "national_id", "NATIONAL_ID", kDigits, find};

}  // namespace fundi::curate
