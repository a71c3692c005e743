#include "curate/extract/html_main.h"

#include <algorithm>
#include <array>

#include "curate/extract/html_mass.h"

namespace fundi::curate::html {
namespace {

// Shares of prose, found on labelled pages (bench/compare_html_extraction).
constexpr double kMostClutter = 0.4;  // of the page: more in an element is no clutter
constexpr double kLeastBesideComments = 0.1;
constexpr double kNearlyAll = 0.8;        // of a parent, in a child without hints
constexpr double kEnoughOfContent = 0.5;  // ... in an <article>, .content
constexpr double kEnoughOfBody = 0.35;    // ... in an .article-body
constexpr double kMostLoose = 0.03;       // of a parent, in paragraphs beside the child
constexpr double kMostlyLinks = 0.5;

bool never_shown(const Tree& tree, const Node& node) {
  return tree.has(node, kNeverShown) || (node.hints & kHidden) != 0;
}

class Finder {
 public:
  explicit Finder(const Tree& tree) : tree_(tree) { selection_.dropped.resize(tree.nodes.size()); }

  Selection find() {
    drop_if([&](uint32_t i) { return tree_.has(tree_.nodes[i], kNeverShown); });
    mass_ = measure(tree_, selection_.dropped);
    drop_if([&](uint32_t i) { return is_clutter(i); });
    mass_ = measure(tree_, selection_.dropped);
    selection_.root = descend();
    drop_if([&](uint32_t i) { return is_link_list(i); });
    return std::move(selection_);
  }

 private:
  template <typename Condition>
  void drop_if(Condition condition) {
    for (uint32_t i = 1; i < tree_.nodes.size();) {
      if (!selection_.dropped[i] && !condition(i)) {
        ++i;
        continue;
      }
      selection_.dropped[i] = 1;
      i = tree_.nodes[i].end;
    }
  }

  bool is_clutter(uint32_t i) const {
    const Node& node = tree_.nodes[i];
    if (node.tag == Tag::kText || node.tag == Tag::kBody) return false;
    const double share = mass_[i].prose / std::max(1.0f, mass_[0].prose);
    if ((node.hints & kComments) != 0) return share < 1 - kLeastBesideComments;
    if ((node.hints & kPermalink) != 0) return true;
    const bool content = (node.hints & (kContent | kBody)) != 0;
    const bool by_tag = node.tag == Tag::kNav || node.tag == Tag::kFooter ||
                        node.tag == Tag::kAside || node.tag == Tag::kForm ||
                        node.tag == Tag::kButton || (node.tag == Tag::kHeader && !in_article(i));
    if (by_tag || (node.hints & (kClutter | kHidden)) != 0) {
      return share < (content ? kMostClutter / 4 : kMostClutter);
    }
    return (node.hints & kByline) != 0 && !content && mass_[i].weight < 200;
  }

  bool in_article(uint32_t i) const {
    for (uint32_t at = tree_.nodes[i].parent; at != 0; at = tree_.nodes[at].parent) {
      const Tag tag = tree_.nodes[at].tag;
      if (tag == Tag::kArticle || tag == Tag::kMain) return true;
    }
    return false;
  }

  // From the root towards the prose.
  uint32_t descend() const {
    uint32_t at = 0;
    for (;;) {
      uint32_t best = 0;
      double loose = 0;
      for (uint32_t i = at + 1; i < tree_.nodes[at].end; i = tree_.nodes[i].end) {
        if (selection_.dropped[i]) continue;
        if (is_container(i)) {
          if (best == 0 || mass_[i].prose > mass_[best].prose) best = i;
        } else {
          loose += mass_[i].prose;
        }
      }
      if ((tree_.nodes[at].hints & kBody) != 0 || best == 0) return at;
      if (loose > kMostLoose * mass_[at].prose) return at;
      const uint16_t hints = tree_.nodes[best].hints;
      const double enough = (hints & kBody) != 0 ? kEnoughOfBody
                            : (hints & kContent) != 0 || tree_.nodes[best].tag == Tag::kArticle ||
                                    tree_.nodes[best].tag == Tag::kMain
                                ? kEnoughOfContent
                                : kNearlyAll;
      if (mass_[best].prose < enough * mass_[at].prose) return at;
      at = best;
    }
  }

  bool is_container(uint32_t i) const {
    switch (tree_.nodes[i].tag) {
      case Tag::kArticle:
      case Tag::kBody:
      case Tag::kDiv:
      case Tag::kForm:
      case Tag::kMain:
      case Tag::kSpan:
      case Tag::kTable:
      case Tag::kTableGroup:
      case Tag::kTd:
      case Tag::kTr:
      case Tag::kUnknown:
        return true;
      default:
        return false;
    }
  }

  bool is_link_list(uint32_t i) const {
    const Node& node = tree_.nodes[i];
    const Mass& mass = mass_[i];
    if (!tree_.has(node, kBlock) || i <= selection_.root || mass.weight == 0) return false;
    const double links = mass.links / mass.weight;
    switch (node.tag) {
      case Tag::kList:
      case Tag::kDiv:
      case Tag::kTable:
        return links > kMostlyLinks;
      default:
        return false;
    }
  }

  const Tree& tree_;
  Selection selection_;
  std::vector<Mass> mass_;
};

}  // namespace

Selection select_visible(const Tree& tree) {
  Selection selection;
  selection.dropped.resize(tree.nodes.size());
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    selection.dropped[i] = never_shown(tree, tree.nodes[i]) ? 1 : 0;
  }
  return selection;
}

Selection select_main(const Tree& tree) { return Finder(tree).find(); }

}  // namespace fundi::curate::html
