#include <algorithm>

#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

// What keys of well-known services begin with, and how many characters of a key follow.
struct Prefix {
  std::string_view text;
  size_t least;
  bool dashes;  // '-' may be among them, and '_' always
};
constexpr Prefix kPrefixes[] = {
    {"AKIA", 16, false},     {"ASIA", 16, false},     {"AIza", 35, true},
    {"ghp_", 36, false},     {"gho_", 36, false},     {"ghu_", 36, false},
    {"ghs_", 36, false},     {"ghr_", 36, false},     {"github_pat_", 22, false},
    {"hf_", 30, false},      {"npm_", 36, false},     {"sk_live_", 16, false},
    {"sk_test_", 16, false}, {"rk_live_", 16, false}, {"glpat-", 20, true},
    {"xoxb-", 20, true},     {"xoxp-", 20, true},     {"xoxa-", 20, true},
    {"xoxs-", 20, true},     {"sk-", 20, true},       {"pypi-", 50, true}};

// How far a name with dashes is searched for the digit that makes it a key.
constexpr size_t kSearched = 200;

// Asked at the first '_' or '-' of a prefix, or at its 'A'.
std::optional<Found> find_key(const Site& site) {
  const std::string_view text = site.text;
  const char trigger = text[site.at];
  for (const Prefix& prefix : kPrefixes) {
    const size_t back = trigger == 'A' ? 0 : prefix.text.find(trigger);
    if (back == std::string_view::npos || site.at < site.floor + back) continue;
    const size_t begin = site.at - back;
    if (!text.substr(begin).starts_with(prefix.text) || is_word(site.before(begin))) continue;
    const size_t body = begin + prefix.text.size();
    size_t end = body;
    bool digit = !prefix.dashes;  // names with dashes look like keys but for the digits
    while (end < text.size() && (is_word(text[end]) || (prefix.dashes && text[end] == '-')) &&
           (digit || end - body < kSearched)) {
      digit |= is_digit(text[end++]);
    }
    if (!digit || end - body < prefix.least) continue;
    return Found{begin, end};
  }
  return std::nullopt;
}

// A PEM block to its end, or as far as it goes.
std::optional<Found> find_private_key(const Site& site) {
  constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "PRIVATE KEY-----";
  constexpr size_t kMaxBlock = 32 << 10;
  const std::string_view rest = site.text.substr(site.at, kMaxBlock);
  if (!rest.starts_with(kBegin)) return std::nullopt;
  // "RSA ", "EC ", "ENCRYPTED ", "OPENSSH " or nothing.
  size_t head = kBegin.size();
  while (head < rest.size() && !rest.substr(head).starts_with(kEnd)) {
    if (!is_upper(rest[head]) && rest[head] != ' ') return std::nullopt;
    ++head;
  }
  if (head == rest.size()) return std::nullopt;
  const size_t body = head + kEnd.size();
  const size_t end = rest.find(kEnd, body);
  if (end != std::string_view::npos) return Found{site.at, site.at + end + kEnd.size()};
  const size_t cut = rest.find_first_not_of(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\\\r\n ", body);
  return Found{site.at, site.at + std::min(cut, rest.size())};
}

// The "user:password" of "https://user:password@host".
std::optional<Found> find_url_credentials(const Site& site) {
  constexpr size_t kMost = 256;
  const std::string_view rest = site.text.substr(site.at, kMost);
  if (!rest.starts_with("://")) return std::nullopt;
  const std::string_view authority =
      rest.substr(3, rest.find_first_of("/?#\"'<>()[] \t\r\n", 3) - 3);
  const size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const size_t colon = authority.substr(0, at).find(':');
  if (colon == std::string_view::npos || colon + 1 == at) return std::nullopt;
  const size_t begin = site.at + 3;
  return Found{begin, begin + at};
}

}  // namespace

const RedactKind kApiKey = {"api_key", "secret", "SECRET", "_-A", find_key};
const RedactKind kPrivateKey = {"private_key", "secret", "SECRET", "-", find_private_key};
const RedactKind kUrlCredentials = {"url_credentials", "secret", "SECRET", ":",
                                    find_url_credentials};

}  // namespace fundi::curate
