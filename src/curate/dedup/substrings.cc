#include "curate/dedup/substrings.h"

#include <divsufsort64.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "base/error.h"

namespace fundi::curate::dedup {
namespace {

constexpr size_t kAhead = 12;  // suffixes whose text is fetched while others are compared

// The texts one after the other, and where a window may start.
struct Chunk {
  std::string bytes;
  std::vector<bool> starts;
};

Chunk lay_out(std::span<const std::string_view> texts, size_t length) {
  Chunk chunk;
  size_t size = 0;
  for (const std::string_view text : texts) size += text.size();
  chunk.bytes.reserve(size);
  chunk.starts.resize(size);
  for (const std::string_view text : texts) {
    for (size_t i = 0; i + length <= text.size(); ++i) chunk.starts[chunk.bytes.size() + i] = true;
    chunk.bytes += text;
  }
  return chunk;
}

// Flags windows that stand earlier and clear of it. Windows that are equal are neighbours among the
// sorted suffixes, once those too near to the end of a text are passed over.
std::vector<bool> repeated_windows(const Chunk& chunk, std::span<const int64_t> suffixes,
                                   size_t length) {
  std::vector<bool> repeated(chunk.bytes.size());
  const char* bytes = chunk.bytes.data();
  std::vector<int64_t> equal;  // of one content
  const auto close = [&] {
    if (equal.size() > 1) {
      const int64_t first = *std::min_element(equal.begin(), equal.end());
      for (const int64_t at : equal) {
        if (at >= first + static_cast<int64_t>(length)) repeated[static_cast<size_t>(at)] = true;
      }
    }
    equal.clear();
  };
  for (size_t i = 0; i < suffixes.size(); ++i) {
    if (i + kAhead < suffixes.size()) __builtin_prefetch(bytes + suffixes[i + kAhead]);
    const int64_t at = suffixes[i];
    if (!chunk.starts[static_cast<size_t>(at)]) continue;
    if (!equal.empty() && std::memcmp(bytes + equal.back(), bytes + at, length) != 0) close();
    equal.push_back(at);
  }
  close();
  return repeated;
}

}  // namespace

std::vector<std::vector<TextRange>> repeated_in_memory(std::span<const std::string_view> texts,
                                                       size_t length) {
  if (length < 1) fail(ErrorCode::kInvalidArgument, "substrings: the length must be at least 1");
  const Chunk chunk = lay_out(texts, length);
  std::vector<std::vector<TextRange>> ranges(texts.size());
  const size_t size = chunk.bytes.size();
  if (size == 0) return ranges;
  const auto suffixes = std::make_unique_for_overwrite<int64_t[]>(size);
  if (divsufsort64(reinterpret_cast<const uint8_t*>(chunk.bytes.data()), suffixes.get(),
                   static_cast<int64_t>(size)) != 0) {
    fail(ErrorCode::kUnavailable,
         "substrings: no memory for a suffix array over {} bytes; use smaller chunks", size);
  }
  const std::vector<bool> repeated = repeated_windows(chunk, {suffixes.get(), size}, length);
  size_t begin = 0;
  for (size_t t = 0; t < texts.size(); ++t) {
    for (size_t i = 0; i < texts[t].size(); ++i) {
      if (!repeated[begin + i]) continue;
      if (!ranges[t].empty() && i <= ranges[t].back().end) {
        ranges[t].back().end = i + length;
      } else {
        ranges[t].push_back({i, i + length});
      }
    }
    begin += texts[t].size();
  }
  return ranges;
}

}  // namespace fundi::curate::dedup
