#include "curate/models/folds.h"

#include "text/char_class.h"
#include "text/unicode_data.h"

namespace fundi::curate {

const Folds& Folds::get() {
  static const Folds folds;
  return folds;
}

Folds::Folds() : table_(kSize), letters_(kSize) {
  const uint8_t* const classes = text::char_classes();
  for (char32_t c = 0; c < kSize; ++c) {
    letters_[c] = (classes[c] & (text::kLetter | text::kMark)) != 0;
    if ((classes[c] & text::kSpace) != 0 || c < 0x20 || c == 0x7F) {
      table_[c] = ' ';
    } else if (text::general_category(c) == U_DECIMAL_DIGIT_NUMBER) {
      table_[c] = '0';
    } else {
      table_[c] = text::to_lower(c);
    }
  }
}

}  // namespace fundi::curate
