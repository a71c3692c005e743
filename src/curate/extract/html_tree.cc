#include "curate/extract/html_tree.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "curate/extract/html_entities.h"
#include "curate/extract/html_tokens.h"
#include "text/utf8.h"

namespace fundi::curate::html {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f") == std::string_view::npos;
}

std::string_view value_of(const Token& token, std::string_view name) {
  for (const Attribute& attribute : token.attributes) {
    if (equals_ignoring_case(attribute.name, name)) return attribute.value;
  }
  return {};
}

// Of a title, which is cut where it is far too long.
std::string decoded(std::string_view text, bool in_attribute) {
  constexpr size_t kLongestTitle = 4096;
  std::string_view head = text.substr(0, kLongestTitle);
  if (head.size() < text.size()) head.remove_suffix(text::unfinished_utf8_suffix(head));
  std::string out;
  append_decoded(head, in_attribute, out);
  return out;
}

// Blocks whose end tag pages do not leave out.
bool has_end_tag(Tag tag) {
  return tag != Tag::kP && tag != Tag::kLi && tag != Tag::kDt && tag != Tag::kDd &&
         tag != Tag::kTd && tag != Tag::kTr && tag != Tag::kTableGroup &&
         (flags_of(tag) & (kBlock | kVoid)) == kBlock;
}

// An end tag that is left out: the start of `start` ends the outermost open element of `closed`
// inside of the innermost one of `within`.
struct Implied {
  Tag start;
  std::initializer_list<Tag> closed, within;
};
const Implied kImplied[] = {
    {Tag::kLi, {Tag::kLi}, {Tag::kList, Tag::kTd, Tag::kTable}},
    {Tag::kDt, {Tag::kDt, Tag::kDd}, {Tag::kDl, Tag::kTd, Tag::kTable}},
    {Tag::kDd, {Tag::kDt, Tag::kDd}, {Tag::kDl, Tag::kTd, Tag::kTable}},
    {Tag::kTd, {Tag::kTd, Tag::kCaption}, {Tag::kTable, Tag::kTr}},
    {Tag::kTr, {Tag::kTr, Tag::kTd, Tag::kCaption}, {Tag::kTable, Tag::kTableGroup}},
    {Tag::kTableGroup, {Tag::kTableGroup, Tag::kTr, Tag::kTd, Tag::kCaption}, {Tag::kTable}},
    {Tag::kOption, {Tag::kOption}, {Tag::kMedia}},
    {Tag::kRubyText, {Tag::kRubyText}, {Tag::kRuby}},
};

class Builder {
 public:
  Builder(Tree& tree, uint64_t max_depth) : tree_(tree), max_depth_(max_depth) {
    push(Tag::kHtml, new_node(Tag::kHtml));
  }

  void add(const Token& token) {
    if (token.kind == Token::Kind::kText) return text(token);
    if (token.kind == Token::Kind::kStart) return start(token);
    end(token);
  }

  void finish() { pop_to(0); }

 private:
  struct Open {
    Tag tag;
    uint32_t node;
    bool owns;  // false for formatting that made no node
  };

  uint32_t new_node(Tag tag) {
    std::vector<Node>& nodes = tree_.nodes;
    if (nodes.size() >= kMaxNodes) {
      fail(ErrorCode::kCorruptData, "HTML of more than {} elements and texts; split it",
           format_count(kMaxNodes));
    }
    const auto index = static_cast<uint32_t>(nodes.size());
    nodes.push_back(
        {.tag = tag, .parent = open_.empty() ? 0 : open_.back().node, .end = index + 1});
    return index;
  }

  void push(Tag tag, uint32_t node) {
    open_.push_back({tag, node, true});
    ++count_[static_cast<size_t>(tag)];
  }

  // Closes the open elements from `depth` on.
  void pop_to(size_t depth) {
    while (open_.size() > depth) {
      const Open& top = open_.back();
      --count_[static_cast<size_t>(top.tag)];
      if (top.owns) tree_.nodes[top.node].end = static_cast<uint32_t>(tree_.nodes.size());
      open_.pop_back();
    }
  }

  bool is_open(Tag tag) const { return count_[static_cast<size_t>(tag)] > 0; }

  void text(const Token& token) {
    if (title_open_) return title(token.text);
    const bool pre = is_open(Tag::kPre);
    if (!pre && is_blank(token.text)) {
      spaced_ = true;
      return;
    }
    if (is_open(Tag::kHead)) leave_head();
    const uint32_t index = new_node(Tag::kText);
    Node& node = tree_.nodes[index];
    node.begin = static_cast<uint32_t>(token.text.data() - tree_.source.data());
    node.size = static_cast<uint32_t>(token.text.size());
    node.linked = in_link_ && !pre;  // identifiers in code lead to their definitions
    node.spaced = spaced_;
    spaced_ = false;
  }

  void title(std::string_view text) {
    if (tree_.title.empty()) tree_.title = decoded(text, false);
  }

  // <head> ends at the first thing that cannot stand in it.
  void leave_head() {
    for (size_t i = open_.size(); i-- > 1;) {
      if (open_[i].tag != Tag::kHead) continue;
      if (i + 1 == open_.size()) pop_to(i);
      return;
    }
  }

  void start(const Token& token) {
    const Tag tag = token.info.tag;
    const uint16_t flags = flags_of(tag);
    if (is_open(Tag::kHead) && (flags & kOfHead) == 0) leave_head();
    if (tag == Tag::kHtml || tag == Tag::kBody) return root(token);
    if (tag == Tag::kMeta) return meta(token);
    if (tag == Tag::kImage) return;
    close_implied(tag, flags);
    if (tag == Tag::kA) {
      const std::string_view target = value_of(token, "href");
      in_link_ = !target.empty() && target[0] != '#';
    }
    if (tag == Tag::kTitle) title_open_ = !is_open(Tag::kMedia) && !token.self_closing;
    const uint16_t hints = hints_of(token.attributes);
    const bool leaf = (flags & kVoid) != 0 || token.self_closing;
    if (!leaf && open_.size() >= max_depth_) {
      too_deep_ += has_end_tag(tag);
      return;
    }
    const bool plain = (tag == Tag::kSpan || tag == Tag::kA) && hints == 0;
    if (plain && leaf) return;
    const uint32_t node = plain ? open_.back().node : new_node(tag);
    if (!plain) {
      tree_.nodes[node].hints = hints;
      tree_.nodes[node].level = token.info.level;
    }
    if (leaf) return;
    push(tag, node);
    open_.back().owns = !plain;
  }

  // A second <html> or <body> only adds to the first.
  void root(const Token& token) {
    if (token.info.tag == Tag::kHtml) {
      if (tree_.language.empty()) tree_.language = value_of(token, "lang");
      if (tree_.language.empty()) tree_.language = value_of(token, "xml:lang");
    } else if (!is_open(Tag::kBody) && open_.size() == 1) {
      push(Tag::kBody, new_node(Tag::kBody));
    }
  }

  void meta(const Token& token) {
    std::string_view name = value_of(token, "property");
    if (name.empty()) name = value_of(token, "name");
    if (tree_.og_title.empty() && equals_ignoring_case(name, "og:title")) {
      tree_.og_title = decoded(value_of(token, "content"), true);
    }
  }

  void close_implied(Tag tag, uint16_t flags) {
    if ((flags & kClosesP) != 0 && is_open(Tag::kP)) {
      for (size_t i = open_.size(); i-- > 1;) {
        if ((flags_of(open_[i].tag) & kScope) != 0) break;
        if (open_[i].tag != Tag::kP) continue;
        pop_to(i);
        break;
      }
    }
    if (tag == Tag::kHeading && open_.back().tag == Tag::kHeading) pop_to(open_.size() - 1);
    for (const Implied& rule : kImplied) {
      if (rule.start == tag) close_outermost(rule);
    }
  }

  void close_outermost(const Implied& rule) {
    const auto among = [](std::initializer_list<Tag> tags, Tag tag) {
      return std::find(tags.begin(), tags.end(), tag) != tags.end();
    };
    if (std::none_of(rule.closed.begin(), rule.closed.end(), [&](Tag t) { return is_open(t); })) {
      return;
    }
    constexpr size_t kFarthest = 64;  // elements; deep stacks are hostile
    size_t found = 0;
    for (size_t i = open_.size(); i-- > 1 && i + kFarthest > open_.size();) {
      if (among(rule.within, open_[i].tag)) break;
      if (among(rule.closed, open_[i].tag)) found = i;
    }
    if (found > 0) pop_to(found);
  }

  void end(const Token& token) {
    const Tag tag = token.info.tag;
    if (tag == Tag::kA) in_link_ = false;
    if (tag == Tag::kTitle) title_open_ = false;
    if (tag == Tag::kHtml || tag == Tag::kBody) return;
    if (tag == Tag::kBr || (tag == Tag::kP && !is_open(tag))) {
      new_node(tag);  // browsers make a line break, an empty paragraph
      return;
    }
    if (too_deep_ > 0 && has_end_tag(tag)) {
      --too_deep_;
      return;
    }
    if (is_open(tag)) close(tag);
  }

  void close(Tag tag) {
    const bool loose = (flags_of(tag) & kInline) != 0 || tag == Tag::kForm;
    const bool of_table = tag == Tag::kTd || tag == Tag::kTr || tag == Tag::kTableGroup ||
                          tag == Tag::kTable || tag == Tag::kCaption;
    for (size_t i = open_.size(); i-- > 1;) {
      const Tag at = open_[i].tag;
      if (at == tag) return pop_to(i);
      const uint16_t flags = flags_of(at);
      if (of_table ? at == Tag::kTable : (flags & kScope) != 0) return;
      if (loose && (flags & kBlock) != 0 && at != Tag::kP && at != Tag::kLi) return;
    }
  }

  Tree& tree_;
  const uint64_t max_depth_;
  std::vector<Open> open_;
  std::array<uint32_t, static_cast<size_t>(Tag::kCount)> count_{};
  uint64_t too_deep_ = 0;
  bool in_link_ = false, spaced_ = false, title_open_ = false;
};

}  // namespace

Tree parse(std::string_view source, uint64_t max_depth) {
  if (source.size() > std::numeric_limits<uint32_t>::max()) {
    fail(ErrorCode::kCorruptData, "HTML of {}; more than 4 GiB is not read",
         format_bytes(source.size()));
  }
  Tree tree{.source = source, .nodes = {}, .title = {}, .og_title = {}, .language = {}};
  Tokenizer tokenizer(source);
  Builder builder(tree, std::max<uint64_t>(max_depth, 4));
  Token token;
  while (tokenizer.next(token)) builder.add(token);
  builder.finish();
  return tree;
}

}  // namespace fundi::curate::html
