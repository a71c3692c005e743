#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace fundi::text::jinja {

// What one rendering may cost. A template comes with a model from anywhere: the limits keep a
// hostile one to about two seconds and the given memory.
struct Limits {
  int64_t steps = 50'000'000;        // evaluated nodes, touched values, 64 bytes of touched text
  size_t bytes = size_t{128} << 20;  // of all values alive, the output included
  int depth = 800;                   // of nested evaluation: recursive macros
};

// Makes the texts, sequences and dicts of one rendering and counts what they hold, and the time
// that is spent. Must outlive the values. Everything here throws kUnsupported past the limit.
class Heap {
 public:
  static constexpr uint32_t kMaxHeight = 300;  // of nested sequences and dicts

  explicit Heap(const Limits& limits) : limits_(limits), steps_(limits.steps) {}
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  void step(size_t count = 1);
  // For work that goes through so many bytes of text.
  void touch(size_t bytes) { step(1 + bytes / 64); }
  // Throws where so many bytes more would not fit: to be asked before they are allocated.
  void expect(size_t bytes) const;
  // Memory that is held besides the values.
  void hold(size_t bytes);
  void release(size_t bytes) noexcept { held_ -= bytes; }

  Value text(TracedText text);
  Value text(std::string bytes) { return this->text(TracedText(std::move(bytes))); }
  Value list(std::vector<Value> items) { return sequence(Sequence::Kind::kList, std::move(items)); }
  Value tuple(std::vector<Value> items) {
    return sequence(Sequence::Kind::kTuple, std::move(items));
  }
  Value sequence(Sequence::Kind kind, std::vector<Value> items);
  Value dict(DictItems items);            // keys must be distinct
  Value undefined(std::string_view why);  // the beginning of a long message
  template <typename T, typename... Args>
  std::shared_ptr<T> object(Args&&... args) {
    step();
    return adopt(std::make_unique<T>(std::forward<Args>(args)...), 0);
  }

  const Limits& limits() const { return limits_; }

 private:
  // A control block and the allocators' own headers.
  static constexpr size_t kOverhead = 64;

  // Counts the object, and `bytes` besides it, while it lives.
  template <typename T>
  std::shared_ptr<T> adopt(std::unique_ptr<T> object, size_t bytes) {
    bytes += sizeof(T) + kOverhead;
    hold(bytes);
    // Where making the pointer throws, it calls this, too.
    const auto drop = [this, bytes](T* dead) {
      release(bytes);
      delete dead;
    };
    return std::shared_ptr<T>(object.release(), drop);
  }
  Limits limits_;
  int64_t steps_;
  size_t held_ = 0;
};

// The value that has a name among pairs of names and values; null where none has it. The
// comparisons count.
template <typename Pairs>
auto* find_named(Heap& heap, Pairs& pairs, std::string_view name) {
  heap.touch(pairs.size() * (8 + name.size()));
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? nullptr : &found->second;
}

// Builds a text piece by piece within the limits.
class TextBuilder {
 public:
  explicit TextBuilder(Heap& heap) : heap_(&heap) {}
  ~TextBuilder() { heap_->release(counted_); }
  TextBuilder(const TextBuilder&) = delete;
  TextBuilder& operator=(const TextBuilder&) = delete;

  void append(std::string_view bytes, uint32_t source = TracedText::kTemplate);
  void append(const TracedText& text) { append(text, 0, text.size()); }
  void append(const TracedText& text, size_t begin, size_t end);
  void append_times(size_t count, std::string_view bytes);
  // These leave the builder empty.
  TracedText take();
  Value value() { return heap_->text(take()); }

 private:
  void make_room(size_t bytes);
  void count();
  Heap* heap_;
  TracedText text_;
  size_t counted_ = 0;
};

}  // namespace fundi::text::jinja
