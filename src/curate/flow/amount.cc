#include "curate/flow/amount.h"

#include <charconv>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace fundi::curate {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// What is no such number is 0.
uint64_t parse_number(std::string_view text, std::span<const Unit> units) {
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit(trim(std::string_view(rest, text.data() + text.size())));
  for (char& c : unit) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  for (const auto& [name, factor] : units) {
    if (error == std::errc() && unit == name && value * factor >= 1 && value * factor < 1e18) {
      return static_cast<uint64_t>(value * factor);
    }
  }
  return 0;
}

}  // namespace

uint64_t parse_bytes(std::string_view text, const std::string& where) {
  static constexpr Unit kUnits[] = {{"", 1},     {"B", 1},     {"KB", 1e3}, {"MB", 1e6},
                                    {"GB", 1e9}, {"TB", 1e12}, {"K", 1e3},  {"M", 1e6},
                                    {"G", 1e9},  {"T", 1e12}};
  if (const uint64_t bytes = parse_number(text, kUnits); bytes > 0) return bytes;
  fail(ErrorCode::kInvalidArgument, "{}: '{}' is no number of bytes; write 64MB or 1GB", where,
       text);
}

uint64_t parse_tokens(std::string_view text, const std::string& where) {
  static constexpr Unit kUnits[] = {{"", 1},    {"K", 1e3}, {"M", 1e6},
                                    {"B", 1e9}, {"G", 1e9}, {"T", 1e12}};
  if (const uint64_t tokens = parse_number(text, kUnits); tokens > 0) return tokens;
  fail(ErrorCode::kInvalidArgument, "{}: '{}' is no number of tokens; write 500M tokens", where,
       text);
}

Amount parse_amount(std::string_view text, const std::string& where) {
  for (const std::string_view unit : {"tokens", "Tokens", "token", "Token"}) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    return {static_cast<double>(parse_tokens(trim(text), where)), true};
  }
  return {static_cast<double>(parse_bytes(text, where)), false};
}

}  // namespace fundi::curate
