#include "data/input_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace fundi::data {
namespace {

constexpr size_t kInitial = 256 << 10;
constexpr size_t kMinRead = 64 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

InputBuffer::InputBuffer(const fs::path& path, uint64_t begin)
    : stream_(path, begin),
      data_(std::make_unique<char[]>(kInitial + kPadding)),
      capacity_(kInitial),
      position_(begin) {}

bool InputBuffer::fill() {
  const size_t kept = end_ - begin_;
  if (capacity_ - end_ < kMinRead) {
    // Room is made by moving what is kept, or by growing where that is most of the buffer; one that
    // a long record has grown goes back.
    size_t capacity = capacity_;
    if (kept > capacity / 2) {
      capacity *= 2;
    } else if (kept < kInitial / 2) {
      capacity = kInitial;
    }
    if (capacity == capacity_) {
      std::memmove(data_.get(), data_.get() + begin_, kept);
    } else {
      auto data = std::make_unique_for_overwrite<char[]>(capacity + kPadding);
      std::memcpy(data.get(), data_.get() + begin_, kept);
      std::memset(data.get() + capacity, 0, kPadding);
      data_ = std::move(data);
      capacity_ = capacity;
    }
    begin_ = 0;
    end_ = kept;
  }
  const size_t n = stream_.read({data_.get() + end_, capacity_ - end_});
  end_ += n;
  return n > 0;
}

bool InputBuffer::require(size_t size) {
  while (end_ - begin_ < size) {
    if (!fill()) return false;
  }
  return true;
}

void InputBuffer::skip_byte_order_mark() {
  require(kByteOrderMark.size());
  if (window().starts_with(kByteOrderMark)) return consume(kByteOrderMark.size());
  if (window().starts_with("\xff\xfe") || window().starts_with("\xfe\xff")) {
    fail(ErrorCode::kUnsupported, "{}: is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
         path().string());
  }
}

void InputBuffer::skip_line() {
  while (true) {
    const size_t end = window().find('\n');
    if (end != std::string_view::npos) return consume(end + 1);
    consume(window().size());
    if (!fill()) return;
  }
}

LineReader::LineReader(const fs::path& path, ByteRange range, size_t max_line)
    : buffer_(path, range.begin > 0 ? range.begin - 1 : 0), range_(range), max_line_(max_line) {
  if (range.begin > 0) {
    buffer_
        .skip_line();  // from the byte before on: a line that begins at `begin` is not passed over
  } else {
    buffer_.skip_byte_order_mark();
  }
}

bool LineReader::next(std::string_view& line) {
  buffer_.consume(std::exchange(taken_, 0));
  start_ = buffer_.position();
  if (start_ >= range_.end) return false;
  ++number_;
  too_long_ = false;
  size_t seen = 0, end;
  while ((end = buffer_.window().find('\n', seen)) == std::string_view::npos) {
    seen = buffer_.window().size();
    if (seen > max_line_) {
      too_long_ = true;
      line = {};
      buffer_.skip_line();
      return true;
    }
    if (!buffer_.fill()) {
      if (seen == 0) return false;
      end = seen;
      break;
    }
  }
  const std::string_view window = buffer_.window();
  taken_ = std::min(end + 1, window.size());
  line = window.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if ((too_long_ = line.size() > max_line_)) line = {};
  return true;
}

std::string LineReader::name() const {
  const bool whole = range_.begin == 0 && range_.end == UINT64_MAX;
  return whole ? fmt::format("{}", number_) : fmt::format("@{}", start_);
}

}  // namespace fundi::data
