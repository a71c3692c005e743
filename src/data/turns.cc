#include "data/turns.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace fundi::data {
namespace {

using text::ChatTemplate;
using text::Conversation;
using text::jinja::TracedText;

// The first `count` messages.
TracedText render(const ChatTemplate& chat_template, const Conversation& conversation, size_t count,
                  bool add_generation_prompt) {
  Conversation part = conversation;
  part.messages.erase(part.messages.begin() + static_cast<std::ptrdiff_t>(count),
                      part.messages.end());
  part.add_generation_prompt = add_generation_prompt;
  return chat_template.render(part);
}

struct Range {
  size_t begin, end;
};

// From the first to the last byte that message `index` gave; nothing where it gave none.
std::optional<Range> bytes_of(const TracedText& text, size_t index) {
  std::optional<Range> out;
  size_t begin = 0;
  for (const TracedText::Run& run : text.runs()) {
    if (run.source == index + 1) out = Range{out ? out->begin : begin, run.end};
    begin = run.end;
  }
  return out;
}

// By rendering what comes before and after each turn; nothing where the template changes earlier
// text.
std::optional<std::vector<Segment>> split_by_prefixes(const ChatTemplate& chat_template,
                                                      const Conversation& conversation,
                                                      const std::vector<size_t>& turns) {
  std::vector<Segment> out;
  std::string done;
  for (const size_t i : turns) {
    const std::string before = render(chat_template, conversation, i, true).bytes();
    const TracedText traced = render(chat_template, conversation, i + 1, false);
    const std::string& after = traced.bytes();
    size_t border = before.size();
    if (!after.starts_with(before)) {
      // The template opens the reasoning for a turn to come, but does not keep it.
      const auto said = bytes_of(traced, i);
      if (!said || !before.starts_with(std::string_view(after).substr(0, said->begin))) {
        return std::nullopt;
      }
      border = said->begin;
    }
    if (border < done.size() || !after.starts_with(done)) return std::nullopt;
    out.push_back({after.substr(done.size(), border - done.size()), false});
    out.push_back({after.substr(border), true});
    done = after;
  }
  return out;
}

// Where the turn of message `index` stands in the whole conversation, not before `from`.
Range find_turn(const ChatTemplate& chat_template, const Conversation& conversation,
                const TracedText& whole, size_t index, size_t from) {
  const auto said = bytes_of(whole, index);
  if (!said || said->begin < from) {
    fail(ErrorCode::kUnsupported,
         "message {}: the chat template leaves the assistant's turn out or moves it; give it as "
         "the last message of a row of its own, or use another template",
         index);
  }
  const std::string& text = whole.bytes();
  Range turn = *said;
  const std::string prompt = render(chat_template, conversation, index, true).bytes();
  const std::string base = render(chat_template, conversation, index, false).bytes();
  if (prompt.starts_with(base) && prompt.size() > base.size()) {
    const std::string_view opening = std::string_view(prompt).substr(base.size());
    const size_t at = std::string_view(text).substr(0, said->begin).rfind(opening);
    if (at != std::string_view::npos && at >= from) turn.begin = at + opening.size();
  }
  const TracedText after = render(chat_template, conversation, index + 1, false);
  if (const auto last = bytes_of(after, index)) {
    const std::string_view ending = std::string_view(after.bytes()).substr(last->end);
    const std::string_view rest = std::string_view(text).substr(turn.end);
    const auto [a, b] = std::mismatch(ending.begin(), ending.end(), rest.begin(), rest.end());
    turn.end += static_cast<size_t>(a - ending.begin());
  }
  return turn;
}

std::vector<Segment> split_by_marks(const ChatTemplate& chat_template,
                                    const Conversation& conversation,
                                    const std::vector<size_t>& turns) {
  const TracedText whole = render(chat_template, conversation, turns.back() + 1, false);
  std::vector<Segment> out;
  size_t done = 0;
  for (const size_t i : turns) {
    const Range turn = find_turn(chat_template, conversation, whole, i, done);
    out.push_back({whole.bytes().substr(done, turn.begin - done), false});
    out.push_back({whole.bytes().substr(turn.begin, turn.end - turn.begin), true});
    done = turn.end;
  }
  return out;
}

}  // namespace

std::vector<Segment> split_turns(const ChatTemplate& chat_template,
                                 const Conversation& conversation, size_t first) {
  std::vector<size_t> turns;
  for (size_t i = first; i < conversation.messages.size(); ++i) {
    if (conversation.messages[i].role() == "assistant") turns.push_back(i);
  }
  if (turns.empty()) {
    fail(ErrorCode::kInvalidArgument, "no message of the role 'assistant', so nothing to learn");
  }
  if (auto found = split_by_prefixes(chat_template, conversation, turns)) return *std::move(found);
  return split_by_marks(chat_template, conversation, turns);
}

}  // namespace fundi::data
