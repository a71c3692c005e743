#include <algorithm>
#include <array>
#include <optional>
#include <string>

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

// Calls body(run) for each. A text may be full of them: none is kept.
template <typename Body>
void for_each_run(std::string_view text, const Body& body) {
  Run run;
  for (size_t at = 0; at < text.size();) {
    const text::CodePoint c = text::code_point_at(text, at);
    if (c.value >= 0x80) {
      if (run.end != at || run.begin == run.end) {
        if (run.begin < run.end) body(run);
        run = {at, at, "", true};
      }
      const auto byte = windows1252_byte(c.value);
      if (byte) run.bytes += *byte;
      run.encodable &= byte.has_value();
      run.end = at + c.length;
    }
    at += c.length;
  }
  if (run.begin < run.end) body(run);
}

struct Evidence {
  size_t decode = 0, others = 0;
  size_t longest = 0;  // bytes of a run that decodes
  // Nine in ten, and not a single pair: "Ô" stands behind a capital now and then.
  bool convincing() const { return decode >= 9 * others && (decode > 1 || longest > 2); }
};

Evidence weigh(std::string_view text) {
  Evidence evidence;
  for_each_run(text, [&](const Run& run) {
    const bool decodes = run.decodes();
    ++(decodes ? evidence.decode : evidence.others);
    if (decodes) evidence.longest = std::max(evidence.longest, run.bytes.size());
  });
  return evidence;
}

void append_rewritten(std::string& out, std::string_view line) {
  size_t at = 0;
  for_each_run(line, [&](const Run& run) {
    out += line.substr(at, run.begin - at);
    out +=
        run.decodes() ? std::string_view(run.bytes) : line.substr(run.begin, run.end - run.begin);
    at = run.end;
  });
  out += line.substr(at);
}

// One pass over all lines; a line with one pair only is believed if others are convincing.
int64_t repair_once(std::string& text) {
  if (!may_be_mojibake(text)) return 0;
  std::string out;
  out.reserve(text.size());
  int64_t changed = 0;
  const bool all_alike = weigh(text).convincing();
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    const Evidence evidence = weigh(line);
    if (evidence.decode > 0 && (all_alike || evidence.convincing())) {
      append_rewritten(out, line);
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

// A lead byte's character (C2 to F4, which UTF-8 writes as C3 82 to C3 B4) before one more above
// ASCII, or two from E0 on, so that "é" before a no-break space is nothing.
bool may_be_mojibake(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t at = text.find('\xC3'); at != text.npos; at = text.find('\xC3', at + 1)) {
    if (at + 2 >= text.size()) return false;
    const unsigned char second = byte(at + 1);
    if (second < 0x82 || second > 0xB4 || byte(at + 2) < 0x80) continue;
    const size_t after = at + 2 + text::code_point_at(text, at + 2).length;
    if (second < 0xA0 || (after < text.size() && byte(after) >= 0x80)) return true;
  }
  return false;
}

int64_t repair_mojibake(std::string& text) {
  const int64_t first = repair_once(text);
  // Text that went through it twice is text that went through it once after that.
  return first == 0 ? 0 : std::max(first, repair_once(text));
}

}  // namespace fundi::curate
