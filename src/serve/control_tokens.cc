#include "serve/control_tokens.h"

#include <algorithm>
#include <string_view>

#include "text/utf8.h"

namespace fundi::serve {
namespace {

using text::jinja::TracedText;

constexpr size_t kLongestTag = 64;

// Whether the tokenizer takes the token out of any text, as it does with added tokens.
bool cut_from_text(const text::Tokenizer& tokenizer, const std::string& token, int32_t id) {
  const std::vector<int32_t> ids = tokenizer.encode("x" + token + "x", false, true);
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// "<|end|>", and with the wide bars of DeepSeek.
bool has_bars(std::string_view token) {
  constexpr std::string_view kWideOpen = "<\uFF5C", kWideClose = "\uFF5C>";
  return (token.starts_with("<|") && token.ends_with("|>")) ||
         (token.starts_with(kWideOpen) && token.ends_with(kWideClose));
}

}  // namespace

ControlTokens::ControlTokens(const text::Tokenizer& tokenizer,
                             const text::ChatTemplate& chat_template) {
  for (int32_t id = 0; id < tokenizer.vocab_size(); ++id) {
    if (tokenizer.is_special(id)) add(tokenizer.token(id), false);
  }
  if (!chat_template.source()) return;
  const std::string& source = *chat_template.source();
  for (size_t at = source.find('<'); at != std::string::npos; at = source.find('<', at + 1)) {
    const size_t end = source.find('>', at);
    if (end == std::string::npos) return;
    const std::string token = source.substr(at, end + 1 - at);
    if (token.size() > kLongestTag) continue;
    const auto id = tokenizer.token_id(token);
    if (!id || tokenizer.is_special(*id) || !cut_from_text(tokenizer, token, *id)) continue;
    add(token, !has_bars(token));
  }
}

void ControlTokens::add(const std::string& token, bool tag) {
  if (token.empty()) return;
  finder_.add(token, static_cast<int32_t>(controls_.size()));
  controls_.push_back({tag});
}

// Where to cut the prompt, so that no control token comes from what people said.
std::vector<size_t> ControlTokens::cuts(const TracedText& prompt,
                                        const std::vector<text::Message>& messages) const {
  std::vector<size_t> out;
  if (finder_.empty()) return out;
  const std::string_view view = prompt.view();
  const auto runs = prompt.runs();
  size_t run = 0;  // the first that ends behind the beginning of the match
  for (size_t from = 0; from < view.size();) {
    const auto match = finder_.find(view, from);
    if (match.value < 0) break;
    from = match.begin + 1;
    while (run < runs.size() && runs[run].end <= match.begin) ++run;
    const bool tag = controls_[static_cast<size_t>(match.value)].tag;
    size_t begin = match.begin;
    for (size_t i = run; i < runs.size() && begin < match.end; begin = runs[i++].end) {
      const uint32_t source = runs[i].source;
      if (source == TracedText::kTemplate) continue;
      const bool said = source <= messages.size() && messages[source - 1].role() == "assistant";
      if (tag && said) continue;
      const bool whole = begin == match.begin;
      out.push_back(whole ? begin + text::code_point_at(view, begin).length : begin);
      break;
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<int32_t> ControlTokens::encode(const text::Tokenizer& tokenizer,
                                           const TracedText& prompt,
                                           const std::vector<text::Message>& messages,
                                           bool add_special_tokens) const {
  std::vector<size_t> ends = cuts(prompt, messages);
  if (ends.empty()) return tokenizer.encode(prompt.view(), add_special_tokens, true);
  ends.push_back(prompt.size());
  std::vector<int32_t> ids;
  size_t begin = 0;
  for (const size_t end : ends) {
    const std::vector<int32_t> more = tokenizer.encode(prompt.view().substr(begin, end - begin),
                                                       add_special_tokens && begin == 0, true);
    ids.insert(ids.end(), more.begin(), more.end());
    begin = end;
  }
  return ids;
}

}  // namespace fundi::serve
