#pragma once

#include <string_view>

#include "text/jinja/heap.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// Python's operators. All throw kInvalidArgument, in Python's words, for operands that do not go
// together, an undefined one above all.

bool truthy(const Value& value);

enum class Arithmetic { kAdd, kSubtract, kMultiply, kDivide, kFloorDivide, kModulo, kPower };
// Integers have 64 bits: a result beyond is an error. Modulo of a text formats it (printf).
Value arithmetic(Heap& heap, Arithmetic op, const Value& left, const Value& right);
Value negate(const Value& value);

bool equal(Heap& heap, const Value& left, const Value& right);
// -1, 0 or 1; 2 where neither is less, equal or greater (not a number).
int compare(Heap& heap, const Value& left, const Value& right, std::string_view op);
bool contains(Heap& heap, const Value& container, const Value& item);

// Throws for lists and dicts, which cannot be keys.
void check_hashable(const Value& key);

// The value of a key; null where there is none.
const Value* find_key(Heap& heap, const DictItems& items, const Value& key);
const Value* find_key(Heap& heap, const DictItems& items, std::string_view key);
// Throws as check_hashable.
void set_item(Heap& heap, DictItems& items, Value key, Value value);

// Throws what using an undefined value gives.
[[noreturn]] void fail_undefined(const Value& value);

}  // namespace fundi::text::jinja
