#include "curate/words/simplify.h"

#include <algorithm>

#include "base/hash.h"
#include "curate/words/folding.h"
#include "curate/words/words.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

// What one character becomes at most, in bytes.
constexpr size_t kRoom = 16;

// Those that datatrove knows.
constexpr std::string_view kDecimalMarks[] = {".",      ",",      "\u060C", "\u066B",
                                              "\u2396", "\u2397", "\u2398"};

// Odd and far from powers of two; the place of a word in its shingle enters as its power.
constexpr uint64_t kBase = 0x9E3779B97F4A7C15;

// The finalizer of MurmurHash3: the sum below is linear in the hashes of the words.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCD;
  x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53;
  return x ^ (x >> 33);
}

class Simplifier {
 public:
  explicit Simplifier(std::string_view text) : text_(text), out_(text.size() + kRoom, '\0') {}

  std::string run() && {
    while (pos_ < text_.size()) {
      ascii();
      if (pos_ < text_.size()) other();
    }
    if (size_ > 0 && out_[size_ - 1] == ' ') --size_;
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  // Writes each byte and steps on only where it was wanted: no branch to mispredict but at numbers.
  // Members are copied: for all the compiler knows, what is written may lie over them.
  void ascii() {
    static_assert(' ' < '0' && '0' < 'a');  // what folding leaves of ASCII
    const std::string_view text = text_;
    const std::array<char, 128>& folded = folding_.ascii();
    char* const out = out_.data();
    size_t size = size_, pos = pos_;
    char last = this->last();
    for (; pos < text.size(); ++pos) {
      const auto byte = static_cast<unsigned char>(text[pos]);
      if (byte >= 0x80) break;
      const char c = folded[byte];
      if ((c == '0') & (last == ' ') && continues_number(pos)) [[unlikely]] {
        --size;  // the gap that the mark made
        last = c;
      }
      out[size] = c;
      size += static_cast<size_t>((c > '0') | (c != last));
      last = c;
    }
    size_ = size;
    pos_ = pos;
  }

  void other() {
    const text::CodePoint c = text::code_point_at(text_, pos_);
    const uint32_t folded = folding_.of(c.value);
    if (folded == c.value) {
      append(text_.substr(pos_, c.length));
    } else if (folded == U' ') {
      if (last() != ' ') append(" ");
    } else if (folded == U'0') {
      digit();
    } else if (folded & Folding::kSeveral) {
      append(folding_.several(folded));
    } else if (folded != Folding::kNothing) {
      character_.clear();
      text::append_utf8(character_, static_cast<char32_t>(folded));
      append(character_);
    }
    pos_ += c.length;
    if (out_.size() < size_ + (text_.size() - pos_) + kRoom) out_.resize(out_.size() * 2);
  }

  void digit() {
    if (last() == '0') return;
    if (continues_number(pos_)) {
      --size_;
    } else {
      append("0");
    }
  }

  char last() const { return size_ > 0 ? out_[size_ - 1] : ' '; }

  // Whether the digit at `pos`, before which there is none, follows the decimal mark of a number
  // that has no other. Within the loop of ascii() it would take registers from what is not rare.
  [[gnu::noinline]] bool continues_number(size_t pos) {
    std::string_view number = text_.substr(0, pos);
    if (!drop_decimal_mark(number)) return false;
    const size_t end = number.size();
    while (!number.empty() && folding_.of(text::last_character(number)) == U'0') drop_last(number);
    if (number.size() == end || number.size() == decimals_) return false;
    decimals_ = pos;
    return true;
  }

  static bool drop_decimal_mark(std::string_view& text) {
    for (const std::string_view mark : kDecimalMarks) {
      if (!text.ends_with(mark)) continue;
      text.remove_suffix(mark.size());
      return true;
    }
    return false;
  }

  static void drop_last(std::string_view& text) {
    while ((text.back() & 0xC0) == 0x80) text.remove_suffix(1);
    text.remove_suffix(1);
  }

  void append(std::string_view bytes) {
    std::copy(bytes.begin(), bytes.end(), out_.begin() + static_cast<ptrdiff_t>(size_));
    size_ += bytes.size();
  }

  std::string_view text_;
  const Folding& folding_ = Folding::get();
  std::string out_;  // always room for the rest as it stands and one character more
  std::string character_;
  size_t pos_ = 0, size_ = 0;
  size_t decimals_ = SIZE_MAX;  // where the last ones behind a mark begin in the text
};

}  // namespace

std::string simplify(std::string_view text) { return Simplifier(text).run(); }

void shingle_hashes(std::string_view simplified, int n, std::vector<uint64_t>& hashes) {
  thread_local std::vector<Word> words;
  split_words(simplified, words);
  hashes.clear();
  const auto width = static_cast<size_t>(n);
  if (words.size() < width) return;
  hashes.resize(words.size());
  std::transform(words.begin(), words.end(), hashes.begin(),
                 [&](const Word& word) { return hash64(word.in(simplified)); });
  uint64_t oldest = 1;  // kBase^(n-1)
  uint64_t sum = 0;
  for (size_t i = 0; i + 1 < width; ++i) {
    oldest *= kBase;
    sum = sum * kBase + hashes[i];
  }
  const size_t shingles = words.size() - width + 1;
  for (size_t i = 0; i < shingles; ++i) {
    sum = sum * kBase + hashes[i + width - 1];
    const uint64_t first = hashes[i];
    hashes[i] = mix(sum);
    sum -= first * oldest;
  }
  hashes.resize(shingles);
}

}  // namespace fundi::curate
