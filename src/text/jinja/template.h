#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/heap.h"
#include "text/jinja/traced_text.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

struct RenderOptions {
  Limits limits;
  std::tm now{};  // what strftime_now tells
};

// A template of the Jinja that chat templates are written in, parsed once and rendered many times.
// Output and errors are those of Jinja 3.1 as transformers sets it up: an immutable sandbox without
// autoescape. There is no inheritance, there are no includes, and integers have 64 bits.
// Immutable; safe to share between threads.
class Template {
 public:
  // Throws kCorruptData for what is no template, kUnsupported for a tag that does not exist here;
  // both name the line. A filter or test that does not exist is an error only where it is used:
  // released templates name some that they avoid in transformers.
  explicit Template(std::string_view source);
  ~Template();
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  using Variables = std::vector<std::pair<std::string, Value>>;
  // `variables` makes the variables with the heap of this rendering. Throws kInvalidArgument where
  // the template raises an exception or the values do not fit what it does with them, kUnsupported
  // past the limits; the message names the line.
  TracedText render(const std::function<Variables(Heap&)>& variables,
                    const RenderOptions& options) const;

 private:
  struct Tree;
  std::unique_ptr<const Tree> tree_;
};

}  // namespace fundi::text::jinja
