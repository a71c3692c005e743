#include <arpa/inet.h>

#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

struct Network {
  uint32_t address;
  int bits;
};

// Special purpose: private, shared, loopback, link-local, documentation, benchmarks, multicast,
// reserved (RFC 6890).
constexpr Network kNotPublic[] = {
    {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
    {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15},
    {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 3}};

bool is_public(uint32_t address) {
  for (const Network& network : kNotPublic) {
    if ((address ^ network.address) >> (32 - network.bits) == 0) return false;
  }
  return true;
}

std::optional<Found> find_v4(const Site& site) {
  const Number& number = *site.number;
  if (number.group_count < 4 ||
      !number.grouped({number.groups[0].length(), number.groups[1].length(),
                       number.groups[2].length(), number.groups[3].length()},
                      ".")) {
    return std::nullopt;
  }
  uint32_t address = 0;
  for (size_t i = 0; i < 4; ++i) {
    const Number::Group& group = number.groups[i];
    const std::string_view octet = number.view(group.digits - group.length(), group.length());
    if (octet.size() > 3 || (octet.size() > 1 && octet[0] == '0')) return std::nullopt;
    uint32_t value = 0;
    for (const char c : octet) value = value * 10 + static_cast<uint32_t>(c - '0');
    if (value > 255) return std::nullopt;
    address = address << 8 | value;
  }
  const char left = site.before(site.at);
  if (is_word(left) || (left == '.' && is_word(site.before(site.at - 1)))) return std::nullopt;
  const size_t end = number.groups[3].end;
  if (number.group_count > 4 && number.groups[4].separator == '.')
    return std::nullopt;  // a version
  if (is_word(site.after(end)) || !is_public(address)) return std::nullopt;
  return Found{site.at, end};
}

// Asked at the first colon. Public: global unicast without documentation.
std::optional<Found> find_v6(const Site& site) {
  const std::string_view text = site.text;
  size_t begin = site.at;
  while (begin > site.floor && site.at - begin < 4 && is_hex(text[begin - 1])) --begin;
  // All such addresses begin with 2 or 3.
  if (begin == site.at || (text[begin] != '2' && text[begin] != '3')) return std::nullopt;
  if (is_word(site.before(begin)) || site.before(begin) == ':') return std::nullopt;
  size_t end = site.at;
  while (end < text.size() && end - begin < 45 && (is_hex(text[end]) || text[end] == ':')) ++end;
  if (text[end - 1] == ':' && !text.substr(0, end).ends_with("::")) --end;
  if (is_word(site.after(end))) return std::nullopt;
  in6_addr address;
  const std::string candidate(text.substr(begin, end - begin));
  if (inet_pton(AF_INET6, candidate.c_str(), &address) != 1) return std::nullopt;
  const uint8_t* const bytes = address.s6_addr;
  const bool documentation =
      bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8;
  if ((bytes[0] & 0xE0) != 0x20 || documentation) return std::nullopt;
  return Found{begin, end};
}

std::optional<Found> find(const Site& site) {
  return site.number != nullptr ? find_v4(site) : find_v6(site);
}

}  // namespace

const RedactKind kIp = {"ip", "", "IP_ADDRESS", "0123456789:", find};

}  // namespace fundi::curate
