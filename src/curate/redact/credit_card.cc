#include <charconv>

#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// What the first digits and the length say (ISO/IEC 7812): Visa, Mastercard, American Express,
// Discover, Diners, JCB, UnionPay, Maestro, Verve.
bool is_issuer(std::string_view digits) {
  uint32_t head = 0;
  std::from_chars(digits.data(), digits.data() + 6, head);
  const size_t n = digits.size();
  const auto within = [&](uint32_t first, uint32_t last) { return head >= first && head <= last; };
  if (within(400000, 499999)) return n == 13 || n == 16 || n == 19;
  if (within(510000, 559999) || within(222100, 272099)) return n == 16;
  if (within(340000, 349999) || within(370000, 379999)) return n == 15;
  if (within(601100, 601199) || within(644000, 659999)) return n >= 16;
  if (within(300000, 305999) || within(360000, 369999) || within(380000, 399999)) return n == 14;
  if (within(352800, 358999)) return n >= 16;
  if (within(620000, 629999) || within(506099, 507999)) return n >= 16;
  return (within(500000, 509999) || within(560000, 589999) || within(630000, 639999)) && n == 16;
}

// The groups that make a card number: one, fours, or American Express's and Diners' own.
size_t card_groups(const Number& number) {
  if (number.groups[0].length() >= 13) return 1;
  for (const auto& lengths :
       {std::initializer_list<size_t>{4, 4, 4, 4, 3}, {4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}}) {
    if (number.grouped(lengths, " -")) return lengths.size();
  }
  return 0;
}

std::optional<Found> find(const Site& site) {
  const Number& number = *site.number;
  if (number.n < 13) return std::nullopt;
  const size_t groups = card_groups(number);
  if (groups == 0) return std::nullopt;
  const size_t n = number.groups[groups - 1].digits;
  if (n > 19 || !is_issuer(number.view(0, n)) || !luhn(number.view(0, n))) return std::nullopt;
  if (!site.number_starts() || !site.number_ends(groups)) return std::nullopt;
  return Found{site.at, number.groups[groups - 1].end};
}

}  // namespace

const RedactKind kCreditCard = {"credit_card", "", "CREDIT_CARD", kDigits, find};

}  // namespace fundi::curate
