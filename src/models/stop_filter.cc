#include "models/stop_filter.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace fundi::models {
namespace {

// Bytes at the end of `text` that begin `stop`.
size_t overlap(std::string_view text, std::string_view stop) {
  for (size_t n = std::min(text.size(), stop.size() - 1); n > 0; --n) {
    if (text.ends_with(stop.substr(0, n))) return n;
  }
  return 0;
}

}  // namespace

StopFilter::StopFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {
  for (const std::string& stop : stops_) {
    if (stop.empty()) fail(ErrorCode::kInvalidArgument, "a stop string must not be empty");
  }
}

std::string StopFilter::push(std::string_view text) {
  if (stopped_) return {};
  held_ += text;
  size_t begin = std::string::npos, end = std::string::npos, hold = 0;
  for (const std::string& stop : stops_) {
    hold = std::max(hold, overlap(held_, stop));
    const size_t at = held_.find(stop);
    if (at == std::string::npos) continue;
    // Complete first; of two that are complete together the longer one.
    if (at + stop.size() < end || (at + stop.size() == end && at < begin)) {
      begin = at;
      end = at + stop.size();
    }
  }
  stopped_ = begin != std::string::npos;
  std::string certain = held_.substr(0, stopped_ ? begin : held_.size() - hold);
  held_ = stopped_ ? "" : held_.substr(held_.size() - hold);
  return certain;
}

std::string StopFilter::finish() { return std::exchange(held_, {}); }

}  // namespace fundi::models
