#include "curate/words/sentences.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <string>

#include "text/utf8.h"

namespace fundi::curate {
namespace {

// Abbreviations, in lower case, that something belonging to them follows.
constexpr std::array<std::string_view, 58> kAbbreviations = {
    "adv",  "al",  "approx", "art", "bi",   "bw", "ca",  "capt", "cf",  "ch",   "col",  "d.h",
    "dk",   "dkt", "dr",     "dra", "e.g",  "ed", "eds", "eg",   "est", "fig",  "figs", "gen",
    "gov",  "hon", "hr",     "i.e", "ibid", "ie", "k.m", "lt",   "maj", "mf",   "mgr",  "mhe",
    "mlle", "mme", "mr",     "mrs", "ms",   "mt", "no",  "nos",  "nr",  "p.ej", "pp",   "prof",
    "rev",  "sen", "sgt",    "sr",  "sra",  "st", "v.d", "vol",  "vs",  "z.b"};
static_assert(std::is_sorted(kAbbreviations.begin(), kAbbreviations.end()));
constexpr size_t kLongestAbbreviation = 6;

enum class Mark {
  kNone,
  kLineBreak,
  kFullStop,
  kWeak,    // ! ? … : ends a sentence only before white space
  kStrong,  // of a script that writes without
};

Mark mark_of(char32_t c) {
  switch (c) {
    case '!':
    case '?':
    case U'…':
      return Mark::kWeak;
    case '\n':
    case '\r':
    case '\v':
    case '\f':
    case U'\u0085':
    case U'\u2028':
    case U'\u2029':
      return Mark::kLineBreak;
    case U'\u0F0D':  // Tibetan and Khmer, which Unicode leaves to the language
    case U'\u0F0E':
    case U'\u17D4':
    case U'\u17D5':
      return Mark::kStrong;
    default:
      break;
  }
  if (c < 0x80) return c == '.' ? Mark::kFullStop : Mark::kNone;
  switch (u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_SENTENCE_BREAK)) {
    case U_SB_ATERM:
      return Mark::kFullStop;
    case U_SB_STERM:
      // Those of general punctuation (‼ ⁇) stand with the Latin ones.
      return c >= 0x2000 && c < 0x2E00 ? Mark::kWeak : Mark::kStrong;
    default:
      return Mark::kNone;
  }
}

// Which bytes may begin a mark: letters of most scripts are passed over byte by byte.
std::array<bool, 256> find_mark_heads() {
  std::array<bool, 256> heads{};
  std::string bytes;
  for (char32_t c = 0; c < 0x20000; ++c) {
    if (mark_of(c) == Mark::kNone) continue;
    bytes.clear();
    text::append_utf8(bytes, c);
    heads[static_cast<unsigned char>(bytes[0])] = true;
  }
  return heads;
}

bool is_blank(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0; }

bool is_quote(char32_t c) { return c == '"' || c == '\''; }

bool has_category(char32_t c, uint32_t mask) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & mask) != 0;
}

class Sentences {
 public:
  Sentences(std::string_view text, std::vector<std::string_view>& sentences)
      : text_(text), sentences_(sentences) {}

  void split() {
    static const std::array<bool, 256> heads = find_mark_heads();
    size_t pos = 0;
    while (true) {
      while (pos < text_.size() && !heads[static_cast<unsigned char>(text_[pos])]) ++pos;
      if (pos == text_.size()) break;
      const text::CodePoint c = at(pos);
      const Mark mark = mark_of(c.value);
      if (mark == Mark::kNone) {
        pos += c.length;
      } else if (mark == Mark::kLineBreak) {
        end_sentence(pos);
        pos += c.length;
      } else {
        const Run run = run_of_marks(pos);
        if (ends_sentence(run)) end_sentence(run.end);
        pos = run.end;
      }
    }
    end_sentence(text_.size());
  }

 private:
  // Terminators and what closes after them.
  struct Run {
    size_t begin, end;
    bool strong = false, lone_full_stop = false;
  };

  text::CodePoint at(size_t pos) const { return text::code_point_at(text_, pos); }
  bool blank_or_end(size_t pos) const { return pos == text_.size() || is_blank(at(pos).value); }

  Run run_of_marks(size_t begin) const {
    Run run{.begin = begin, .end = begin};
    size_t marks = 0;
    bool full_stop = false;
    while (run.end < text_.size()) {
      const text::CodePoint c = at(run.end);
      const Mark mark = mark_of(c.value);
      if (mark == Mark::kLineBreak) break;
      if (mark == Mark::kNone && !closes(c, run.end)) break;
      if (mark != Mark::kNone) {
        ++marks;
        run.strong |= mark == Mark::kStrong;
        full_stop = mark == Mark::kFullStop;
      }
      run.end += c.length;
    }
    run.lone_full_stop = full_stop && marks == 1;
    return run;
  }

  bool closes(text::CodePoint c, size_t pos) const {
    if (has_category(c.value, U_GC_PE_MASK | U_GC_PF_MASK | U_GC_MN_MASK | U_GC_CF_MASK)) {
      return true;
    }
    // Some languages close with what opens in others, and " does both.
    return (is_quote(c.value) || has_category(c.value, U_GC_PI_MASK)) &&
           blank_or_end(pos + c.length);
  }

  bool ends_sentence(const Run& run) {
    if (!run.strong && !blank_or_end(run.end)) return false;
    size_t next = run.end;
    while (next < text_.size() && is_blank(at(next).value)) {
      if (mark_of(at(next).value) == Mark::kLineBreak) return true;
      next += at(next).length;
    }
    if (next == text_.size()) return true;
    if (continues(at(next).value)) return false;
    if (run.strong) return true;
    while (next < text_.size() && opens(at(next).value)) next += at(next).length;
    if (next < text_.size() && u_islower(static_cast<UChar32>(at(next).value))) return false;
    return !(run.lone_full_stop && abbreviated(run.begin));
  }

  static bool continues(char32_t c) {
    return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_SENTENCE_BREAK) == U_SB_SCONTINUE &&
           !has_category(c, U_GC_PD_MASK);
  }
  static bool opens(char32_t c) {
    return is_quote(c) || c == U'¿' || c == U'¡' || has_category(c, U_GC_PS_MASK | U_GC_PI_MASK);
  }

  // Whether nothing but blanks stands between the beginning of the sentence in hand and `pos`.
  bool leads(size_t pos) {
    if (first_ == kUnknown) first_ = std::min(text_.find_first_not_of(" \t", begin_), text_.size());
    return pos <= first_;
  }

  // Whether the full stop at `stop` belongs to what stands before it.
  bool abbreviated(size_t stop) {
    size_t begin = stop;
    while (begin > begin_ && stop - begin <= 2 * kLongestAbbreviation) {
      const char32_t before = text::last_character(text_.substr(0, begin));
      if (is_blank(before) || opens(before)) break;
      do {
        --begin;
      } while ((text_[begin] & 0xC0) == 0x80);
    }
    const std::string_view word = text_.substr(begin, stop - begin);
    if (word.empty()) return false;
    if (word.find_first_not_of("0123456789") == std::string_view::npos && leads(begin)) return true;
    return are_initials(word) || is_listed(word);
  }

  // "J", "U.S"
  static bool are_initials(std::string_view word) {
    for (size_t pos = 0;;) {
      const text::CodePoint c = text::code_point_at(word, pos);
      if (!u_isupper(static_cast<UChar32>(c.value))) return false;
      pos += c.length;
      if (pos == word.size()) return true;
      if (word[pos] != '.' || ++pos == word.size()) return false;
    }
  }

  static bool is_listed(std::string_view word) {
    if (word.size() > kLongestAbbreviation) return false;
    std::string lower(word);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return std::binary_search(kAbbreviations.begin(), kAbbreviations.end(), lower);
  }

  void end_sentence(size_t end) {
    size_t begin = begin_;
    begin_ = end;
    first_ = kUnknown;
    while (begin < end && is_blank(at(begin).value)) begin += at(begin).length;
    size_t last = end;
    while (last > begin) {
      const char32_t c = text::last_character(text_.substr(begin, last - begin));
      if (!is_blank(c)) break;
      do {
        --last;
      } while ((text_[last] & 0xC0) == 0x80);
    }
    if (begin < last) sentences_.push_back(text_.substr(begin, last - begin));
  }

  std::string_view text_;
  std::vector<std::string_view>& sentences_;
  static constexpr size_t kUnknown = SIZE_MAX;
  size_t begin_ = 0;         // of the sentence in hand
  size_t first_ = kUnknown;  // what is no blank in it: looked for once, where it is asked for
};

}  // namespace

void split_sentences(std::string_view text, std::vector<std::string_view>& sentences) {
  sentences.clear();
  Sentences(text, sentences).split();
}

}  // namespace fundi::curate
