#include "text/jinja/attributes.h"

#include <algorithm>

#include "base/error.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/heap.h"
#include "text/jinja/methods/all.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_text.h"
#include "text/jinja/unicode.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

std::string spelled(Heap& heap, const Value& key) {
  TextBuilder out(heap);
  append_repr(out, heap, key);
  return out.take().bytes();
}

// The method or attribute that Python's getattr() finds.
std::optional<Value> find_attribute(Evaluator& evaluator, const Value& value,
                                    std::string_view name) {
  if (value.is_undefined()) fail_undefined(value);
  if (value.is_object()) return value.object().attribute(evaluator, name);
  return bound_method(evaluator.heap(), value, name);
}

// The item at a key or index.
std::optional<Value> find_item(Heap& heap, const Value& value, const Value& key) {
  if (value.is_undefined()) fail_undefined(value);
  if (value.is_dict()) {
    const Value* found = find_key(heap, value.dict().items, key);
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }
  const auto index = key.as_integer();
  const bool list = value.is_sequence() && value.sequence().indexable();
  if (!index || (!list && !value.is_text())) return std::nullopt;
  if (!list) heap.touch(value.text().size() * 4);
  const int64_t count = length(value).value_or(0), at = *index < 0 ? *index + count : *index;
  if (at < 0 || at >= count) return std::nullopt;
  if (list) return value.sequence().items[static_cast<size_t>(at)];
  const size_t begin = byte_offset(value.view(), static_cast<size_t>(at));
  return heap.text(value.text().slice(begin, begin + code_point_at(value.view(), begin).length));
}

}  // namespace

Value get_attribute(Evaluator& evaluator, const Value& value, std::string_view name) {
  if (auto found = find_attribute(evaluator, value, name)) return *std::move(found);
  if (value.is_dict()) {
    const bool hidden = changes_in_place(value, name);
    const auto& items = value.dict().items;
    if (const Value* item = hidden ? nullptr : find_key(evaluator.heap(), items, name))
      return *item;
  }
  return evaluator.heap().undefined(
      fmt::format("'{} object' has no attribute '{}'", type_name(value), name));
}

Value get_item(Evaluator& evaluator, const Value& value, const Value& key) {
  if (auto item = find_item(evaluator.heap(), value, key)) return *std::move(item);
  if (key.is_text()) {
    if (auto found = find_attribute(evaluator, value, key.view())) return *std::move(found);
  }
  return evaluator.heap().undefined(fmt::format("'{} object' has no attribute {}", type_name(value),
                                                spelled(evaluator.heap(), key)));
}

namespace {

struct SliceRange {
  int64_t start, step;
  size_t count;
};

// As Python's slice.indices().
SliceRange slice_range(int64_t length, std::optional<int64_t> start, std::optional<int64_t> stop,
                       std::optional<int64_t> step_or_none) {
  const int64_t step = step_or_none.value_or(1);
  if (step == 0) fail(ErrorCode::kInvalidArgument, "slice step cannot be zero");
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? length : length - 1;
  const auto bound = [&](std::optional<int64_t> index, int64_t fallback) {
    if (!index) return fallback;
    return std::clamp(*index < 0 ? *index + length : *index, low, high);
  };
  const int64_t first = bound(start, step > 0 ? low : high);
  const int64_t last = bound(stop, step > 0 ? high : low);
  if (step > 0 ? first >= last : first <= last) return {first, step, 0};
  const uint64_t distance = static_cast<uint64_t>(step > 0 ? last - first : first - last);
  const uint64_t stride = step > 0 ? static_cast<uint64_t>(step) : 0 - static_cast<uint64_t>(step);
  return {first, step, static_cast<size_t>((distance - 1) / stride + 1)};
}

std::optional<int64_t> slice_bound(const Value& value) {
  if (value.is_none()) return std::nullopt;
  if (const auto number = value.as_integer()) return number;
  if (value.is_undefined()) fail_undefined(value);
  fail(ErrorCode::kInvalidArgument, "slice indices must be integers or None, not {}",
       type_name(value));
}

Value slice_text(Heap& heap, const TracedText& text, const Value& start, const Value& stop,
                 const Value& step) {
  heap.touch(text.size() * 4);
  const std::string_view view = text.view();
  const auto length = static_cast<int64_t>(code_points(view));
  const SliceRange range =
      slice_range(length, slice_bound(start), slice_bound(stop), slice_bound(step));
  if (range.count == 0) return heap.text(std::string());
  size_t at = byte_offset(view, static_cast<size_t>(range.start));
  if (range.step == 1) {
    return heap.text(text.slice(at, at + byte_offset(view.substr(at), range.count)));
  }
  TextBuilder out(heap);
  for (size_t i = 0; i < range.count; ++i) {
    out.append(text, at, at + code_point_at(view, at).length);
    if (i + 1 == range.count) break;
    for (int64_t move = 0; move < range.step; ++move) at += code_point_at(view, at).length;
    for (int64_t move = 0; move > range.step; --move) at = previous_offset(view, at);
  }
  return out.value();
}

}  // namespace

Value get_slice(Heap& heap, const Value& value, const Value& start, const Value& stop,
                const Value& step) {
  if (value.is_undefined()) fail_undefined(value);
  if (value.is_text()) return slice_text(heap, value.text(), start, stop, step);
  if (!value.is_sequence() || !value.sequence().indexable()) {
    fail(ErrorCode::kInvalidArgument, "'{}' object cannot be sliced", type_name(value));
  }
  const auto& items = value.sequence().items;
  const SliceRange range = slice_range(static_cast<int64_t>(items.size()), slice_bound(start),
                                       slice_bound(stop), slice_bound(step));
  std::vector<Value> out;
  out.reserve(range.count);
  for (size_t i = 0; i < range.count; ++i) {
    const int64_t at = range.start + static_cast<int64_t>(i) * range.step;
    out.push_back(items[static_cast<size_t>(at)]);
  }
  return heap.sequence(value.sequence().kind, std::move(out));
}

bool iterable(const Value& value) {
  return value.is_undefined() || value.is_text() || value.is_sequence() || value.is_dict();
}

Value iterate(Heap& heap, const Value& value) {
  if (value.is_undefined()) return heap.list({});
  if (value.is_sequence()) {
    const Sequence& sequence = value.sequence();
    heap.step(1 + sequence.items.size() / 8);
    if (!sequence.iterator()) return value;
    const size_t given = std::exchange(sequence.given, sequence.items.size());
    if (given == 0) return value;
    return heap.list(
        {sequence.items.begin() + static_cast<std::ptrdiff_t>(given), sequence.items.end()});
  }
  std::vector<Value> items;
  if (value.is_dict()) {
    items.reserve(value.dict().items.size());
    for (const auto& [key, unused] : value.dict().items) items.push_back(key);
  } else if (value.is_text()) {
    const std::string_view view = value.view();
    for (size_t i = 0, next = 0; i < view.size(); i = next) {
      next = i + code_point_at(view, i).length;
      items.push_back(heap.text(value.text().slice(i, next)));
    }
  } else {
    fail(ErrorCode::kInvalidArgument, "'{}' object is not iterable", type_name(value));
  }
  return heap.list(std::move(items));
}

std::optional<int64_t> length(const Value& value) {
  if (value.is_undefined()) return 0;
  if (value.is_text()) return static_cast<int64_t>(code_points(value.view()));
  if (value.is_dict()) return static_cast<int64_t>(value.dict().items.size());
  if (value.is_sequence() && !value.sequence().iterator()) {
    return static_cast<int64_t>(value.sequence().items.size());
  }
  return std::nullopt;
}

}  // namespace fundi::text::jinja
