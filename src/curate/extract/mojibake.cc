#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "curate/extract/charset.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

// Windows-1252 from 0x80 to 0x9f; 0: no character, passed on as the control character it is.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::optional<char> windows1252_byte(char32_t c) {
  if (c >= 0x80 && c <= 0xff) return static_cast<char>(c);  // latin-1 as well, in one pass
  for (size_t i = 0; i < kWindows1252.size(); ++i) {
    if (kWindows1252[i] == c) return static_cast<char>(0x80 + i);
  }
  return std::nullopt;
}

// A run of characters above ASCII, as the bytes they would have been.
struct Run {
  size_t begin = 0, end = 0;  // of the line
  std::string bytes;
  bool encodable = true;
  bool decodes() const { return encodable && find_invalid_utf8(bytes) == std::string::npos; }
};

std::vector<Run> runs_of(std::string_view line) {
  std::vector<Run> runs;
  for (size_t at = 0; at < line.size();) {
    const text::CodePoint c = text::code_point_at(line, at);
    if (c.value >= 0x80) {
      if (runs.empty() || runs.back().end != at) runs.push_back({at, at, "", true});
      Run& run = runs.back();
      const auto byte = windows1252_byte(c.value);
      if (byte) run.bytes += *byte;
      run.encodable &= byte.has_value();
      run.end = at + c.length;
    }
    at += c.length;
  }
  return runs;
}

// Whether there is anything to look at: a lead byte's character (C2 to F4, which UTF-8 writes as C3
// 82 to C3 B4) before another character above ASCII.
bool is_suspect(std::string_view text) {
  for (size_t at = text.find('\xC3'); at != text.npos; at = text.find('\xC3', at + 1)) {
    if (at + 2 >= text.size()) return false;
    const auto second = static_cast<unsigned char>(text[at + 1]);
    if (second >= 0x82 && second <= 0xB4 && static_cast<unsigned char>(text[at + 2]) >= 0x80) {
      return true;
    }
  }
  return false;
}

struct Evidence {
  size_t decode = 0, others = 0;
  size_t longest = 0;  // bytes of a run that decodes
  // Nine in ten, and not a single pair: "Ô" stands behind a capital now and then.
  bool convincing() const { return decode >= 9 * others && (decode > 1 || longest > 2); }
};

Evidence weigh(const std::vector<Run>& runs) {
  Evidence evidence;
  for (const Run& run : runs) {
    ++(run.decodes() ? evidence.decode : evidence.others);
    if (run.decodes()) evidence.longest = std::max(evidence.longest, run.bytes.size());
  }
  return evidence;
}

std::string rewrite(std::string_view line, const std::vector<Run>& runs) {
  std::string out;
  size_t at = 0;
  for (const Run& run : runs) {
    out += line.substr(at, run.begin - at);
    out +=
        run.decodes() ? std::string_view(run.bytes) : line.substr(run.begin, run.end - run.begin);
    at = run.end;
  }
  return out += line.substr(at);
}

// One pass over all lines; a line with one pair only is believed if others are convincing.
int64_t repair_once(std::string& text) {
  if (!is_suspect(text)) return 0;
  std::string out;
  out.reserve(text.size());
  int64_t changed = 0;
  const bool all_alike = weigh(runs_of(text)).convincing();
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    const std::vector<Run> runs = runs_of(line);
    const Evidence evidence = weigh(runs);
    if (evidence.decode > 0 && (all_alike || evidence.convincing())) {
      out += rewrite(line, runs);
      ++changed;
    } else {
      out += line;
    }
    if (end < text.size()) out += '\n';
    at = end + 1;
  }
  text = std::move(out);
  return changed;
}

}  // namespace

int64_t repair_mojibake(std::string& text) {
  const int64_t first = repair_once(text);
  // Text that went through it twice is text that went through it once after that.
  return first == 0 ? 0 : std::max(first, repair_once(text));
}

}  // namespace fundi::curate
