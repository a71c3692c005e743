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
  // Writes each byte and steps on only where it was wanted: no branch to mispredict.
  void ascii() {
    char* const out = out_.data();
    size_t size = size_, pos = pos_;
    char last = size > 0 ? out[size - 1] : ' ';
    for (; pos < text_.size(); ++pos) {
      const auto byte = static_cast<unsigned char>(text_[pos]);
      if (byte >= 0x80) break;
      const char c = folding_.ascii(byte);
      out[size] = c;
      size += static_cast<size_t>((c != ' ') | (last != ' '));
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
      if (size_ > 0 && out_[size_ - 1] != ' ') append(" ");
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

  void append(std::string_view bytes) {
    std::copy(bytes.begin(), bytes.end(), out_.begin() + static_cast<ptrdiff_t>(size_));
    size_ += bytes.size();
  }

  std::string_view text_;
  const Folding& folding_ = Folding::get();
  std::string out_;  // always room for the rest as it stands and one character more
  std::string character_;
  size_t pos_ = 0, size_ = 0;
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
