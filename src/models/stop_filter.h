#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fundi::models {

// Holds back text that may be the beginning of a stop string. The stop string that is complete
// first ends the text, whatever the pieces in which it comes; it is cut off with all behind it.
class StopFilter {
 public:
  // Throws kInvalidArgument where a stop string is empty.
  explicit StopFilter(std::vector<std::string> stops);
  // The text that became certain.
  std::string push(std::string_view text);
  // What was held back, when no more text comes.
  std::string finish();
  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace fundi::models
