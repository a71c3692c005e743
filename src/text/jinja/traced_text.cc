#include "text/jinja/traced_text.h"

#include <algorithm>
#include <utility>

namespace fundi::text::jinja {

TracedText::TracedText(std::string bytes, uint32_t source) : bytes_(std::move(bytes)) {
  if (source != kTemplate && !bytes_.empty()) runs_ = {{bytes_.size(), source}};
}

uint32_t TracedText::source_at(size_t position) const {
  const auto run = std::upper_bound(runs_.begin(), runs_.end(), position,
                                    [](size_t at, const Run& r) { return at < r.end; });
  return run == runs_.end() ? kTemplate : run->source;
}

// Notes the source of bytes that were just appended.
void TracedText::mark(size_t bytes, uint32_t source) {
  if (bytes == 0) return;
  if (runs_.empty()) {
    if (source == kTemplate) return;
    if (bytes_.size() > bytes) runs_.push_back({bytes_.size() - bytes, kTemplate});
  }
  if (!runs_.empty() && runs_.back().source == source) {
    runs_.back().end = bytes_.size();
  } else {
    runs_.push_back({bytes_.size(), source});
  }
}

void TracedText::append(std::string_view bytes, uint32_t source) {
  bytes_.append(bytes);
  mark(bytes.size(), source);
}

void TracedText::append(const TracedText& other, size_t begin, size_t end) {
  if (other.runs_.empty()) return append(std::string_view(other.bytes_).substr(begin, end - begin));
  auto run = std::upper_bound(other.runs_.begin(), other.runs_.end(), begin,
                              [](size_t at, const Run& r) { return at < r.end; });
  for (; begin < end; ++run) {
    const size_t stop = std::min(end, run->end);
    append(std::string_view(other.bytes_).substr(begin, stop - begin), run->source);
    begin = stop;
  }
}

TracedText TracedText::slice(size_t begin, size_t end) const {
  TracedText out;
  out.append(*this, begin, end);
  return out;
}

}  // namespace fundi::text::jinja
