#include "text/jinja/heap.h"

#include <algorithm>

#include "base/error.h"
#include "text/jinja/unicode.h"

namespace fundi::text::jinja {
namespace {

uint32_t checked_height(uint32_t height) {
  if (height >= Heap::kMaxHeight) {
    fail(ErrorCode::kUnsupported, "a value is nested deeper than {} levels", Heap::kMaxHeight);
  }
  return height + 1;
}

}  // namespace

void Heap::step(size_t count) {
  steps_ -= static_cast<int64_t>(std::min<size_t>(count, INT32_MAX));
  if (steps_ < 0) {
    fail(ErrorCode::kUnsupported, "the template takes more than {} steps", limits_.steps);
  }
}

void Heap::expect(size_t bytes) const {
  if (bytes > limits_.bytes || held_ > limits_.bytes - bytes) {
    fail(ErrorCode::kUnsupported, "the template needs more than {} MB of memory",
         limits_.bytes >> 20);
  }
}

void Heap::hold(size_t bytes) {
  expect(bytes);
  held_ += bytes;
}

Value Heap::text(TracedText text) {
  const size_t bytes = text.footprint();
  touch(bytes);
  return Value(adopt<const TracedText>(std::make_unique<TracedText>(std::move(text)), bytes));
}

Value Heap::sequence(Sequence::Kind kind, std::vector<Value> items) {
  uint32_t height = 0;
  for (const Value& item : items) height = std::max(height, item.height());
  step(1 + items.size());
  const size_t bytes = items.capacity() * sizeof(Value);
  return Value(adopt<const Sequence>(
      std::make_unique<Sequence>(
          Sequence{.kind = kind, .items = std::move(items), .height = checked_height(height)}),
      bytes));
}

Value Heap::dict(DictItems items) {
  uint32_t height = 0;
  for (const auto& [key, value] : items) {
    height = std::max({height, key.height(), value.height()});
  }
  step(1 + items.size());
  const size_t bytes = items.capacity() * sizeof(items[0]);
  return Value(adopt<const Dict>(
      std::make_unique<Dict>(Dict{.items = std::move(items), .height = checked_height(height)}),
      bytes));
}

Value Heap::undefined(std::string_view why) {
  constexpr size_t kMostBytes = 200;
  touch(why.size());
  auto kept = std::make_unique<std::string>(beginning(why, kMostBytes));
  const size_t bytes = kept->capacity();
  return Value::undefined(adopt<const std::string>(std::move(kept), bytes));
}

void TextBuilder::make_room(size_t bytes) {
  heap_->touch(bytes);
  const size_t size = text_.size() + bytes;
  if (size > text_.bytes().capacity()) heap_->expect(size);
}

void TextBuilder::count() {
  const size_t now = text_.footprint();
  if (now > counted_) {
    heap_->touch(now - counted_);  // notes of where bytes came from take time, too
    heap_->hold(now - counted_);
    counted_ = now;
  }
}

void TextBuilder::append(std::string_view bytes, uint32_t source) {
  make_room(bytes.size());
  text_.append(bytes, source);
  count();
}

void TextBuilder::append(const TracedText& text, size_t begin, size_t end) {
  make_room(end - begin);
  text_.append(text, begin, end);
  count();
}

void TextBuilder::append_times(size_t count, std::string_view bytes) {
  if (count == 0 || bytes.empty()) return;
  heap_->expect(bytes.size() > SIZE_MAX / count ? SIZE_MAX : bytes.size() * count);
  for (size_t i = 0; i < count; ++i) append(bytes);
}

TracedText TextBuilder::take() {
  heap_->release(std::exchange(counted_, 0));
  return std::exchange(text_, {});
}

}  // namespace fundi::text::jinja
