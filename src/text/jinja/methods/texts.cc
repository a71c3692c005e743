// Methods of texts.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/format.h"
#include "text/jinja/methods/all.h"
#include "text/jinja/operators.h"
#include "text/jinja/text_operations.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

constexpr size_t kNone = std::string_view::npos;

using Bound = BoundArguments;

template <Casing kCasing>
Value cased(Evaluator& evaluator, const Value& self, const Bound&) {
  return recase(evaluator.heap(), self.text(), kCasing);
}

template <Side kSide>
Value stripped(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  return strip(evaluator.heap(), self.text(), kSide, arguments.view_or_none(0));
}

template <bool kFromRight>
Value parts(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  return split(evaluator.heap(), self.text(), arguments.view_or_none(0), arguments.integer(1, -1),
               kFromRight);
}

Value lines(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  return split_lines(evaluator.heap(), self.text(), arguments.truth(0, false));
}

Value replaced(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  (void)arguments.view(0, "");
  (void)arguments.view(1, "");
  return replace(evaluator.heap(), self.text(), arguments[0].text(), arguments[1].text(),
                 arguments.integer(2, -1));
}

Value joined(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  const Value items = iterate(evaluator.heap(), arguments[0]);
  return join(evaluator.heap(), self.text(), items.sequence().items, false);
}

// self[start:end], where a method is given such bounds from argument `first` on.
struct Window {
  Value text;
  int64_t start;
};
// Nothing where it would begin behind the end.
std::optional<Window> window(Evaluator& evaluator, const Value& self, const Bound& arguments,
                             size_t first) {
  if (!arguments.has(first)) return Window{self, 0};
  const auto length = static_cast<int64_t>(code_points(self.view()));
  int64_t start = arguments.integer(first, 0, true);
  if (start > length) return std::nullopt;
  if (start < 0) start = std::max<int64_t>(0, start + length);
  return Window{
      get_slice(evaluator.heap(), self, Value(start), arguments.or_none(first + 1), Value::none()),
      start};
}

// startswith() and endswith(), which take a tuple of texts, too.
template <bool kEnd>
Value begins(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  const auto within = window(evaluator, self, arguments, 1);
  const auto matches = [&](const Value& part) {
    if (!part.is_text()) {
      fail(ErrorCode::kInvalidArgument, "startswith and endswith want a string, not {}",
           type_name(part));
    }
    if (!within) return false;
    const std::string_view text = within->text.view();
    return kEnd ? text.ends_with(part.view()) : text.starts_with(part.view());
  };
  const Value& part = arguments[0];
  if (!part.is_sequence() || part.sequence().kind != Sequence::Kind::kTuple) {
    return Value(matches(part));
  }
  const Value parts = iterate(evaluator.heap(), part);
  const auto& list = parts.sequence().items;
  return Value(std::any_of(list.begin(), list.end(), matches));
}

// The character index of the first or last occurrence of the argument between the optional bounds.
template <bool kLast>
int64_t position(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  const std::string_view wanted = arguments.view(0, "");
  const auto within = window(evaluator, self, arguments, 1);
  if (!within) return -1;
  const std::string_view text = within->text.view();
  const size_t at = kLast ? find_last_text(text, wanted) : find_text(text, wanted);
  if (at == kNone) return -1;
  return within->start + static_cast<int64_t>(code_points(text.substr(0, at)));
}

template <bool kLast>
Value find(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  return Value(position<kLast>(evaluator, self, arguments));
}

template <bool kLast>
Value index(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  const int64_t at = position<kLast>(evaluator, self, arguments);
  if (at < 0) fail(ErrorCode::kInvalidArgument, "index: substring not found");
  return Value(at);
}

Value count(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  const std::string_view part = arguments.view(0, "");
  const auto within = window(evaluator, self, arguments, 1);
  return Value(within ? count_text(within->text.view(), part) : int64_t{0});
}

template <bool kLast>
Value partition(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const TracedText& text = self.text();
  const std::string_view separator = arguments.view(0, "");
  if (separator.empty()) fail(ErrorCode::kInvalidArgument, "empty separator");
  const size_t at =
      kLast ? find_last_text(text.view(), separator) : find_text(text.view(), separator);
  const Value none = heap.text(std::string());
  if (at == kNone) return kLast ? heap.tuple({none, none, self}) : heap.tuple({self, none, none});
  const size_t end = at + separator.size();
  return heap.tuple({heap.text(text.slice(0, at)), heap.text(text.slice(at, end)),
                     heap.text(text.slice(end, text.size()))});
}

template <bool kEnd>
Value without(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  const std::string_view text = self.view(), part = arguments.view(0, "");
  if (part.empty() || !(kEnd ? text.ends_with(part) : text.starts_with(part))) return self;
  const size_t size = part.size();
  return evaluator.heap().text(kEnd ? self.text().slice(0, text.size() - size)
                                    : self.text().slice(size, text.size()));
}

template <Place kPlace>
Value padded(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  return pad(evaluator.heap(), self.text(), kPlace, arguments.integer(0, 0),
             arguments.view(1, " "));
}

Value zero_filled(Evaluator& evaluator, const Value& self, const Bound& arguments) {
  const std::string_view text = self.view();
  const int64_t missing = arguments.integer(0, 0) - static_cast<int64_t>(code_points(text));
  const size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  TextBuilder out(evaluator.heap());
  out.append(self.text(), 0, sign);
  out.append_times(static_cast<size_t>(std::max<int64_t>(0, missing)), "0");
  out.append(self.text(), sign, text.size());
  return out.value();
}

Value formatted(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  return format_braces(evaluator, self.text(), arguments);
}

// isalpha() and its like: whether there are characters and all of them are of the class.
template <bool (*kClass)(char32_t)>
Value all_are(Evaluator&, const Value& self, const Bound&) {
  bool all = !self.text().empty();
  for_each_character(self.view(), [&](char32_t c, std::string_view) { all = all && kClass(c); });
  return Value(all);
}

bool is_alphanumeric(char32_t c) { return is_alpha(c) || is_numeric(c); }

template <bool kUpper>
Value is_case(Evaluator&, const Value& self, const Bound&) {
  return Value(in_case(self.view(), kUpper));
}

constexpr BuiltIn kMethods[] = {
    {"capitalize", "", cased<Casing::kCapital>},
    {"casefold", "", cased<Casing::kFold>},
    {"center", "width fillchar?", padded<Place::kCenter>},
    {"count", "sub start? end?", count},
    {"endswith", "suffix start? end?", begins<true>},
    {"find", "sub start? end?", find<false>},
    {"format", "", nullptr, formatted},
    {"index", "sub start? end?", index<false>},
    {"isalnum", "", all_are<is_alphanumeric>},
    {"isalpha", "", all_are<is_alpha>},
    {"isdecimal", "", all_are<is_decimal>},
    {"isdigit", "", all_are<is_digit>},
    {"islower", "", is_case<false>},
    {"isnumeric", "", all_are<is_numeric>},
    {"isspace", "", all_are<is_space>},
    {"isupper", "", is_case<true>},
    {"join", "iterable", joined},
    {"ljust", "width fillchar?", padded<Place::kLeft>},
    {"lower", "", cased<Casing::kLower>},
    {"lstrip", "chars?", stripped<Side::kLeft>},
    {"partition", "sep", partition<false>},
    {"removeprefix", "prefix", without<false>},
    {"removesuffix", "suffix", without<true>},
    {"replace", "old new count?", replaced},
    {"rfind", "sub start? end?", find<true>},
    {"rindex", "sub start? end?", index<true>},
    {"rjust", "width fillchar?", padded<Place::kRight>},
    {"rpartition", "sep", partition<true>},
    {"rsplit", "sep? maxsplit?", parts<true>},
    {"rstrip", "chars?", stripped<Side::kRight>},
    {"split", "sep? maxsplit?", parts<false>},
    {"splitlines", "keepends?", lines},
    {"startswith", "prefix start? end?", begins<false>},
    {"strip", "chars?", stripped<Side::kBoth>},
    {"swapcase", "", cased<Casing::kSwap>},
    {"title", "", cased<Casing::kTitle>},
    {"upper", "", cased<Casing::kUpper>},
    {"zfill", "width", zero_filled},
};

}  // namespace

std::span<const BuiltIn> text_methods() { return kMethods; }

}  // namespace fundi::text::jinja
