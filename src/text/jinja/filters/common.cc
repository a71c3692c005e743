#include "text/jinja/filters/common.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "text/jinja/attributes.h"
#include "text/jinja/operators.h"
#include "text/jinja/text_operations.h"

namespace fundi::text::jinja {

Value get_path(Evaluator& evaluator, Value value, const Value& path, const Value& fallback) {
  if (path.is_none()) return value;
  Heap& heap = evaluator.heap();
  const auto step = [&](const Value& key) {
    value = get_item(evaluator, value, key);
    if (value.is_undefined() && !fallback.is_none()) value = fallback;
  };
  if (!path.is_text()) {
    step(path);
    return value;
  }
  const Value parts = split(heap, path.text(), ".", -1, false);
  for (const Value& part : parts.sequence().items) {
    const std::string_view digits = part.view();
    int64_t index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    const bool number = error == std::errc() && end == digits.data() + digits.size() && index >= 0;
    step(number ? Value(index) : part);
  }
  return value;
}

Value sort_key(Evaluator& evaluator, const Value& value, const Value& path, bool case_sensitive) {
  const Value key = get_path(evaluator, value, path);
  if (case_sensitive || !key.is_text()) return key;
  return recase(evaluator.heap(), key.text(), Casing::kLower);
}

std::vector<Value> sorted(Heap& heap, const std::vector<Value>& items,
                          const std::function<Value(const Value&)>& key, bool reverse) {
  std::vector<Value> keys;
  keys.reserve(items.size());
  for (const Value& item : items) keys.push_back(key(item));
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // Python sorts stably in reverse, too.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const int sign = compare(heap, keys[a], keys[b], "<");
    return reverse ? sign == 1 : sign == -1;
  });
  std::vector<Value> out;
  out.reserve(items.size());
  for (const size_t i : order) out.push_back(items[i]);
  return out;
}

}  // namespace fundi::text::jinja
