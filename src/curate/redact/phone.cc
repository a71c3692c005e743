#include <algorithm>

#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// Country calling codes of E.164 and how many digits follow them; {code, least, most}.
struct Country {
  std::string_view code;
  size_t least, most;
};
constexpr Country kCountries[] = {
    {"1", 10, 10},  {"7", 10, 10},  {"20", 8, 10},  {"211", 9, 9},  {"212", 9, 9},  {"213", 8, 9},
    {"216", 8, 8},  {"218", 8, 9},  {"220", 7, 7},  {"221", 9, 9},  {"222", 8, 8},  {"223", 8, 8},
    {"224", 8, 9},  {"225", 8, 10}, {"226", 8, 8},  {"227", 8, 8},  {"228", 8, 8},  {"229", 8, 10},
    {"230", 7, 8},  {"231", 7, 9},  {"232", 8, 8},  {"233", 9, 9},  {"234", 8, 10}, {"235", 8, 8},
    {"236", 8, 8},  {"237", 8, 9},  {"238", 7, 7},  {"239", 7, 7},  {"240", 9, 9},  {"241", 7, 8},
    {"242", 7, 9},  {"243", 7, 9},  {"244", 9, 9},  {"245", 7, 9},  {"248", 7, 7},  {"249", 9, 9},
    {"250", 9, 9},  {"251", 9, 9},  {"252", 7, 9},  {"253", 8, 8},  {"254", 9, 9},  {"255", 9, 9},
    {"256", 9, 9},  {"257", 8, 8},  {"258", 8, 9},  {"260", 9, 9},  {"261", 9, 10}, {"262", 9, 9},
    {"263", 8, 10}, {"264", 8, 9},  {"265", 7, 9},  {"266", 8, 8},  {"267", 7, 8},  {"268", 7, 8},
    {"269", 7, 7},  {"27", 9, 9},   {"291", 7, 7},  {"30", 10, 10}, {"31", 9, 9},   {"32", 8, 9},
    {"33", 9, 9},   {"34", 9, 9},   {"351", 9, 9},  {"353", 7, 9},  {"358", 6, 11}, {"36", 8, 9},
    {"380", 9, 9},  {"39", 6, 11},  {"40", 9, 9},   {"41", 9, 9},   {"420", 9, 9},  {"421", 9, 9},
    {"43", 7, 13},  {"44", 9, 10},  {"45", 8, 8},   {"46", 7, 10},  {"47", 8, 8},   {"48", 9, 9},
    {"49", 6, 12},  {"51", 8, 9},   {"52", 10, 11}, {"54", 10, 11}, {"55", 10, 11}, {"56", 9, 9},
    {"57", 8, 10},  {"58", 10, 10}, {"60", 8, 10},  {"61", 9, 9},   {"62", 8, 12},  {"63", 8, 10},
    {"64", 8, 10},  {"65", 8, 8},   {"66", 8, 9},   {"81", 9, 10},  {"82", 8, 10},  {"84", 9, 10},
    {"86", 10, 11}, {"880", 8, 10}, {"886", 8, 9},  {"90", 10, 10}, {"91", 10, 10}, {"92", 9, 10},
    {"93", 9, 9},   {"94", 9, 9},   {"95", 7, 10},  {"966", 8, 9},  {"971", 8, 9},  {"972", 8, 9},
    {"977", 8, 10}, {"98", 10, 10}};
// The others.
constexpr std::string_view kOtherCodes =
    " 246 247 290 297 298 299 350 352 354 355 356 357 359 370 371 372 373 374 375 376 377 378 381 "
    "382 383 385 386 387 389 423 500 501 502 503 504 505 506 507 508 509 53 590 591 592 593 594 "
    "595 596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 "
    "690 691 692 800 808 850 852 853 855 856 870 878 881 882 883 888 960 961 962 963 964 965 967 "
    "968 970 973 974 975 976 979 992 993 994 995 996 998 ";

std::optional<Country> country_of(std::string_view digits) {
  for (const Country& country : kCountries) {
    if (digits.starts_with(country.code)) return country;
  }
  for (size_t length = 2; length <= 3 && length <= digits.size(); ++length) {
    const size_t at = kOtherCodes.find(digits.substr(0, length));
    if (at != std::string_view::npos && kOtherCodes[at - 1] == ' ' &&
        kOtherCodes[at + length] == ' ') {
      return Country{kOtherCodes.substr(at, length), 5, 11};
    }
  }
  return std::nullopt;
}

// "+254 712 345 678", "+44 (0)20 7946 0958", "00254712345678".
std::optional<Found> find_international(const Site& site) {
  const Number& number = *site.number;
  size_t begin = site.at, skipped = 0;
  if (site.before(begin) == '(' && begin > site.floor) --begin;  // "+(254) 712 345 678"
  if (site.before(begin) == '+' && begin > site.floor) {
    --begin;
  } else if (number.view(0, number.n).starts_with("00")) {
    if (!site.number_starts()) return std::nullopt;
    begin = site.at;
    skipped = 2;
  } else {
    return std::nullopt;
  }
  if (is_word(site.before(begin))) return std::nullopt;
  const auto country = country_of(number.view(skipped, number.n - skipped));
  if (!country) return std::nullopt;
  const size_t head = skipped + country->code.size();
  // As many groups as a number of that country can have. A trunk "(0)" comes on top.
  for (size_t groups = number.group_count; groups > 0; --groups) {
    size_t n = number.groups[groups - 1].digits;
    if (n < head) break;
    n -= head;
    const bool trunk = n > 0 && number.digits[head] == '0';
    if (n < country->least || n > country->most + (trunk ? 1 : 0)) continue;
    if (is_word(site.after(number.groups[groups - 1].end))) continue;
    return Found{begin, number.groups[groups - 1].end};
  }
  return std::nullopt;
}

// "(020) 7946 0958": the first group is.
bool is_bracketed(const Site& site) {
  return site.before(site.at) == '(' && site.after(site.number->groups[0].end) == ')';
}

// The lengths of a number's groups from one on.
bool has_lengths(const Number& number, size_t from, std::initializer_list<size_t> lengths) {
  if (number.group_count < from + lengths.size()) return false;
  return std::equal(
      lengths.begin(), lengths.end(), number.groups.begin() + from,
      [](size_t length, const Number::Group& group) { return group.length() == length; });
}

// "(415) 555-2671", "415-555-2671" of North America, also behind a trunk 1: "1-415-555-2671".
size_t american_groups(const Site& site) {
  const Number& number = *site.number;
  const size_t trunk = number.groups[0].length() == 1 && number.digits[0] == '1' ? 1 : 0;
  if (!has_lengths(number, trunk, {3, 3, 4})) return 0;
  if (number.digits[trunk] < '2' || number.digits[trunk + 3] < '2') return 0;
  const auto separator = [&](size_t group) { return number.groups[trunk + group].separator; };
  const bool bracket = trunk ? separator(0) == ')' && separator(1) == ')' : is_bracketed(site);
  const bool regular = separator(1) == separator(2) && (trunk == 0 || separator(0) == separator(1));
  return bracket || regular ? trunk + 3 : 0;
}

// "(11) 91234-5678" of Brazil.
size_t brazilian_groups(const Site& site) {
  const Number& number = *site.number;
  const bool lengths = has_lengths(number, 0, {2, 5, 4}) || has_lengths(number, 0, {2, 4, 4});
  return lengths && is_bracketed(site) ? 3 : 0;
}

// Ten or eleven digits behind a trunk 0, at once or in groups of two or more by one separator:
// "0712 345 678", "020-7946-0958", "06.12.34.56.78", "(020) 7946 0958", "(0)20 7946 0958".
size_t trunk_groups(const Site& site) {
  const Number& number = *site.number;
  if (number.digits[0] != '0' || number.digits[1] == '0') return 0;
  for (size_t groups = number.group_count; groups > 0; --groups) {
    const size_t n = number.groups[groups - 1].digits;
    if ((n != 10 && n != 11) || groups > 5) continue;
    bool regular = true;
    for (size_t i = 0; i < groups; ++i) {
      const Number::Group& group = number.groups[i];
      regular &= group.length() >= 2 || (i == 0 && is_bracketed(site));
      if (i > 1) regular &= group.separator == number.groups[groups - 1].separator;
    }
    if (regular) return groups;
  }
  return 0;
}

std::optional<Found> find(const Site& site) {
  const Number& number = *site.number;
  if (number.n < 8) return std::nullopt;
  if (const auto found = find_international(site)) return found;
  if (number.n < 10 || !site.number_starts()) return std::nullopt;
  size_t groups = trunk_groups(site);
  if (groups == 0) groups = american_groups(site);
  if (groups == 0) groups = brazilian_groups(site);
  if (groups == 0 || !site.number_ends(groups)) return std::nullopt;
  if (site.said_before(site.at, {"isbn", "isbn-10", "issn", "doi"})) return std::nullopt;
  const bool bracket = groups > 1 && is_bracketed(site);
  return Found{site.at - (bracket ? 1 : 0), number.groups[groups - 1].end};
}

}  // namespace

const RedactKind kPhone = {"phone", "", "PHONE", kDigits, find};

}  // namespace fundi::curate
