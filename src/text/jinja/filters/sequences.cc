// Filters over what can be iterated.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/filters/all.h"
#include "text/jinja/filters/common.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_text.h"
#include "text/jinja/text_operations.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

using Bound = BoundArguments;

bool is_iterator(const Value& value) { return value.is_sequence() && value.sequence().iterator(); }

Value count(Evaluator&, const Value& value, const Bound&) {
  if (const auto size = length(value)) return Value(*size);
  fail(ErrorCode::kInvalidArgument, "object of type '{}' has no length", type_name(value));
}

Value list(Evaluator& evaluator, const Value& value, const Bound&) {
  const Value items = iterate(evaluator.heap(), value);
  return evaluator.heap().list(items.sequence().items);
}

Value first(Evaluator& evaluator, const Value& value, const Bound&) {
  const bool iterator = is_iterator(value);
  const Value source = iterator ? value : iterate(evaluator.heap(), value);
  const Sequence& sequence = source.sequence();
  if (sequence.given < sequence.items.size()) {
    return sequence.items[iterator ? sequence.given++ : 0];
  }
  return evaluator.heap().undefined("no first item, the sequence was empty");
}

Value last(Evaluator& evaluator, const Value& value, const Bound&) {
  if (is_iterator(value)) {
    fail(ErrorCode::kInvalidArgument, "'generator' object is not reversible");
  }
  const Value items = iterate(evaluator.heap(), value);
  if (!items.sequence().items.empty()) return items.sequence().items.back();
  return evaluator.heap().undefined("no last item, the sequence was empty");
}

Value joined(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const Value separator = arguments.has(0) ? to_text(heap, arguments[0]) : heap.text(std::string());
  const Value items = iterate(heap, value);
  std::vector<Value> parts;
  for (const Value& item : items.sequence().items) {
    parts.push_back(get_path(evaluator, item, arguments.or_none(1)));
  }
  return join(heap, separator.text(), parts, true);
}

Value reverse(Evaluator& evaluator, const Value& value, const Bound&) {
  Heap& heap = evaluator.heap();
  const Value items = iterate(heap, value);
  std::vector<Value> reversed(items.sequence().items.rbegin(), items.sequence().items.rend());
  if (value.is_text()) return join(heap, TracedText(), reversed, false);
  // An iterator cannot go backwards: it becomes a list.
  const bool iterator = is_iterator(value);
  return heap.sequence(iterator ? Sequence::Kind::kList : Sequence::Kind::kIterator,
                       std::move(reversed));
}

Value sort(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const bool case_sensitive = arguments.truth(1, false);
  const Value attribute = arguments.or_none(2);
  std::vector<Value> paths = {attribute};
  if (attribute.is_text()) {  // "age,name" sorts by several
    paths = split(heap, attribute.text(), ",", -1, false).sequence().items;
  }
  const auto key = [&](const Value& item) {
    std::vector<Value> keys;
    for (const Value& path : paths) {
      keys.push_back(sort_key(evaluator, item, path, case_sensitive));
    }
    return heap.list(std::move(keys));
  };
  const Value items = iterate(heap, value);
  return heap.list(sorted(heap, items.sequence().items, key, arguments.truth(0, false)));
}

Value unique(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const Value items = iterate(heap, value);
  std::vector<Value> seen, out;
  for (const Value& item : items.sequence().items) {
    Value key = sort_key(evaluator, item, arguments.or_none(1), arguments.truth(0, false));
    const bool known = std::any_of(seen.begin(), seen.end(),
                                   [&](const Value& other) { return equal(heap, other, key); });
    if (known) continue;
    seen.push_back(std::move(key));
    out.push_back(item);
  }
  return heap.sequence(Sequence::Kind::kIterator, std::move(out));
}

template <int kSign>  // -1: the least, 1: the greatest
Value extreme(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const Value items = iterate(heap, value);
  const Value* best = nullptr;
  Value best_key;
  for (const Value& item : items.sequence().items) {
    Value key = sort_key(evaluator, item, arguments.or_none(1), arguments.truth(0, false));
    if (best != nullptr && compare(heap, key, best_key, kSign < 0 ? "<" : ">") != kSign) continue;
    best = &item;
    best_key = std::move(key);
  }
  return best != nullptr ? *best : evaluator.heap().undefined("no item, the sequence was empty");
}

Value sum(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Value total = arguments.has(1) ? arguments[1] : Value(int64_t{0});
  if (total.is_text()) fail(ErrorCode::kInvalidArgument, "sum: texts are joined, not summed");
  const Value items = iterate(evaluator.heap(), value);
  for (const Value& item : items.sequence().items) {
    total = arithmetic(evaluator.heap(), Arithmetic::kAdd, total,
                       get_path(evaluator, item, arguments.or_none(0)));
  }
  return total;
}

size_t positive(const Bound& arguments, const char* filter) {
  const int64_t number = arguments.integer(0, 0);
  if (number < 1) fail(ErrorCode::kInvalidArgument, "{}: the number must be positive", filter);
  return static_cast<size_t>(number);
}

Value batch(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const size_t size = positive(arguments, "batch");
  const Value items = iterate(heap, value);
  const auto& list = items.sequence().items;
  std::vector<Value> out;
  for (size_t begin = 0; begin < list.size(); begin += size) {
    const size_t end = begin + std::min(size, list.size() - begin);
    std::vector<Value> row(list.begin() + static_cast<std::ptrdiff_t>(begin),
                           list.begin() + static_cast<std::ptrdiff_t>(end));
    if (const Value fill = arguments.or_none(1); !fill.is_none() && row.size() < size) {
      heap.expect(size * sizeof(Value));
      row.resize(size, fill);
    }
    out.push_back(heap.list(std::move(row)));
  }
  return heap.sequence(Sequence::Kind::kIterator, std::move(out));
}

Value slice(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const size_t count = positive(arguments, "slice");
  const Value items = iterate(heap, value);
  const auto& list = items.sequence().items;
  const size_t size = list.size() / count, longer = list.size() % count;
  std::vector<Value> out;
  size_t begin = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t end = begin + size + (i < longer ? 1 : 0);
    std::vector<Value> column(list.begin() + static_cast<std::ptrdiff_t>(begin),
                              list.begin() + static_cast<std::ptrdiff_t>(end));
    const Value fill = arguments.or_none(1);
    if (!fill.is_none() && i >= longer) column.push_back(fill);
    out.push_back(heap.list(std::move(column)));
    begin = end;
  }
  return heap.sequence(Sequence::Kind::kIterator, std::move(out));
}

// Tuples of a key and the items that have it, in the order of the keys.
Value group_by(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const bool case_sensitive = arguments.truth(2, false);
  const auto raw_key = [&](const Value& item) {
    return get_path(evaluator, item, arguments[0], arguments.or_none(1));
  };
  const auto key = [&](const Value& item) {
    return sort_key(evaluator, raw_key(item), Value::none(), case_sensitive);
  };
  const Value items = iterate(heap, value);
  const std::vector<Value> ordered = sorted(heap, items.sequence().items, key, false);
  std::vector<Value> out;
  for (size_t begin = 0, end = 0; begin < ordered.size(); begin = end) {
    const Value group = key(ordered[begin]);
    while (end < ordered.size() && equal(heap, group, key(ordered[end]))) ++end;
    std::vector<Value> members(ordered.begin() + static_cast<std::ptrdiff_t>(begin),
                               ordered.begin() + static_cast<std::ptrdiff_t>(end));
    out.push_back(heap.tuple({raw_key(ordered[begin]), heap.list(std::move(members))}));
  }
  return heap.list(std::move(out));
}

constexpr BuiltIn kFilters[] = {
    {"batch", "linecount fill_with?", batch},
    {"count", "", count},
    {"first", "", first},
    {"groupby", "attribute default? case_sensitive?", group_by},
    {"join", "d? attribute?", joined},
    {"last", "", last},
    {"length", "", count},
    {"list", "", list},
    {"max", "case_sensitive? attribute?", extreme<1>},
    {"min", "case_sensitive? attribute?", extreme<-1>},
    {"reverse", "", reverse},
    {"slice", "slices fill_with?", slice},
    {"sort", "reverse? case_sensitive? attribute?", sort},
    {"sum", "attribute? start?", sum},
    {"unique", "case_sensitive? attribute?", unique},
};

}  // namespace

std::span<const BuiltIn> sequence_filters() { return kFilters; }

}  // namespace fundi::text::jinja
