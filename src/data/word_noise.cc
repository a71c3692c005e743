#include "data/word_noise.h"

#include <vector>

#include "base/text.h"

namespace fundi::data {
namespace {

bool is_fixed(std::string_view word) {
  return word.empty() || word.find_first_of("{}\n") != word.npos;
}

}  // namespace

std::string add_word_noise(std::string_view wording, double rate,
                           std::span<const std::string> words, Random& random) {
  const std::vector<std::string> from = split(wording, ' ');
  const auto holds_placeholder = [&](size_t i) {
    return i < from.size() && from[i].find('{') != std::string::npos;
  };
  std::string out;
  const auto append = [&out](std::string_view word) {
    if (!out.empty()) out += ' ';
    out += word;
  };
  for (size_t i = 0; i < from.size(); ++i) {
    const bool kept = is_fixed(from[i]) || holds_placeholder(i + 1) || holds_placeholder(i - 1);
    if (kept || random.uniform() >= rate) {
      append(from[i]);
      continue;
    }
    const uint64_t choice = random.below(3);
    if (choice > 0) append(words[random.below(words.size())]);
    if (choice == 2) append(from[i]);
  }
  return out;
}

}  // namespace fundi::data
