#pragma once

#include <string>

namespace fundi::text {

// Bytes of neighbouring byte tokens on their way to characters. A run that is not valid UTF-8 becomes
// one U+FFFD a byte; when `eager`, the parts of it that ended in a character are handed out before.
class ByteRun {
 public:
  explicit ByteRun(bool eager) : eager_(eager) {}
  std::string push(char byte);  // the text that became certain
  std::string finish();         // the end of the run

 private:
  bool eager_;
  std::string bytes_;
};

}  // namespace fundi::text
