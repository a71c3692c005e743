#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

bool is_prefix(char first, char second) {
  if (!is_upper(first) || !is_upper(second)) return false;
  if (std::string_view("DFIQUV").find(first) != std::string_view::npos ||
      std::string_view("DFIOQUV").find(second) != std::string_view::npos) {
    return false;
  }
  const char both[] = {first, second, ' '};
  return std::string_view("BG GB KN NK NT TN ZZ ").find(std::string_view(both, 3)) ==
         std::string_view::npos;
}

// National Insurance number: AB 12 34 56 C.
std::optional<Found> find(const Site& site) {
  const Number& number = *site.number;
  const size_t groups = number.groups_of(6);
  if (groups == 0 || (groups > 1 && !number.grouped({2, 2, 2}, " "))) return std::nullopt;
  const size_t gap = site.before(site.at) == ' ' ? 1 : 0;
  if (site.at < site.floor + 2 + gap) return std::nullopt;
  const size_t begin = site.at - 2 - gap;
  if (!is_prefix(site.text[begin], site.text[begin + 1]) || is_word(site.before(begin))) {
    return std::nullopt;
  }
  size_t end = number.groups[groups - 1].end;
  if (site.after(end) == ' ') ++end;
  const char suffix = site.after(end);
  if (suffix < 'A' || suffix > 'D' || is_word(site.after(end + 1))) return std::nullopt;
  return Found{begin, end + 1};
}

}  // namespace

const RedactKind kBritainNino = {"gb_nino", "national_id", "NATIONAL_ID", kDigits, find};

}  // namespace fundi::curate
