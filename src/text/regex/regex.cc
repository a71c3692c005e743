#include "text/regex/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <new>

#include "base/error.h"
#include "text/regex/onig_syntax.h"

namespace fundi::text {
namespace {

constexpr size_t kMaxPatternBytes = 1 << 16;
// A run of a million spaces takes a million steps in well-meant expressions.
constexpr uint32_t kMatchLimit = 10'000'000;
constexpr uint32_t kHeapLimitKiB = 256 << 10;
constexpr size_t kMaxJitStack = 4 << 20;

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using CompileContext =
    std::unique_ptr<pcre2_compile_context, Deleter<pcre2_compile_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Deleter<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Deleter<pcre2_match_context_free>>;
using JitStack = std::unique_ptr<pcre2_jit_stack, Deleter<pcre2_jit_stack_free>>;

// What a thread matches with: nothing of it depends on the expression.
struct Workspace {
  MatchData data{pcre2_match_data_create(1, nullptr)};
  MatchContext context{pcre2_match_context_create(nullptr)};
  JitStack stack{pcre2_jit_stack_create(32 << 10, kMaxJitStack, nullptr)};

  Workspace() {
    if (!data || !context || !stack) throw std::bad_alloc();
    pcre2_set_match_limit(context.get(), kMatchLimit);
    pcre2_set_depth_limit(context.get(), kMatchLimit);
    pcre2_set_heap_limit(context.get(), kHeapLimitKiB);
    pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  }
};

std::string message_of(int error) {
  unsigned char text[256];
  if (pcre2_get_error_message(error, text, sizeof text) < 0) return fmt::format("error {}", error);
  return reinterpret_cast<const char*>(text);
}

}  // namespace

struct Regex::Code {
  std::unique_ptr<pcre2_code, Deleter<pcre2_code_free>> code;
};

Regex::Regex(std::string_view pattern) : pattern_(pattern), code_(std::make_unique<Code>()) {
  if (pattern.size() > kMaxPatternBytes) {
    fail(ErrorCode::kCorruptData, "a regular expression of {} bytes; at most {} are allowed",
         pattern.size(), kMaxPatternBytes);
  }
  const std::string translated = translate_onig(pattern);
  const CompileContext context(pcre2_compile_context_create(nullptr));
  if (!context) throw std::bad_alloc();
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()),
                                  translated.size(),
                                  PCRE2_UTF | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error,
                                  &offset, context.get()));
  if (!code_->code) {
    fail(ErrorCode::kUnsupported, "the regular expression '{}' cannot be used: {}", pattern,
         message_of(error));
  }
  // Without a JIT (an unusual processor, a system that forbids it) the interpreter does the work.
  pcre2_jit_compile(code_->code.get(), PCRE2_JIT_COMPLETE);
}

Regex::~Regex() = default;

std::optional<Regex::Match> Regex::find(std::string_view text, size_t from) const {
  thread_local Workspace workspace;
  const auto match = [&](uint32_t options) {
    return pcre2_match(code_->code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                       from, PCRE2_NO_UTF_CHECK | options, workspace.data.get(),
                       workspace.context.get());
  };
  int found = match(0);
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = match(PCRE2_NO_JIT);
  if (found == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (found < 0) {
    fail(ErrorCode::kInvalidArgument, "the tokenizer's regular expression '{}' fails on the text: {}",
         pattern_, message_of(found));
  }
  const PCRE2_SIZE* const pair = pcre2_get_ovector_pointer(workspace.data.get());
  // \K in a look-ahead can end a match before it began.
  return Match{std::min(pair[0], pair[1]), pair[1]};
}

}  // namespace fundi::text
