#include "curate/extract/html_main.h"

#include <algorithm>
#include <array>

#include "curate/extract/html_mass.h"
#include "curate/extract/html_text.h"

namespace fundi::curate::html {
namespace {

// Shares of prose, found on labelled pages (bench/compare_html_extraction).
constexpr double kMostClutter = 0.4;  // of the page: more in an element is no clutter
constexpr double kMostClutterInside = 0.2;  // ... in one that is marked as content, too
constexpr double kLongestByline = 600;      // characters
constexpr double kLeastBesideComments = 0.1;
constexpr double kLeastBody = 0.25;       // of the page, in elements marked as its text
constexpr double kLeastArticle = 0.3;     // ... in articles
constexpr double kMostOfMarked = 0.7;     // of that, in one child
constexpr double kNearlyAll = 0.9;        // of a parent, in a child without hints
constexpr double kEnoughOfContent = 0.5;  // ... in one with kContent
constexpr double kMostLoose = 0.05;       // of a parent, in paragraphs beside the child
constexpr double kMostlyLinks = 0.4;      // of a list, table, container
constexpr double kLeastLeft = 0.25;       // of the content, without lists of links
constexpr double kOnlyLinks = 0.8;        // of a paragraph

bool never_shown(const Tree& tree, const Node& node) {
  return tree.has(node, kNeverShown) || (node.hints & kHidden) != 0;
}

class Finder {
 public:
  explicit Finder(const Tree& tree) : tree_(tree) { selection_.dropped.resize(tree.nodes.size()); }

  Selection find() {
    drop_if([&](uint32_t i) { return tree_.has(tree_.nodes[i], kNeverShown); });
    mass_ = measure(tree_, selection_.dropped);
    find_bodies();
    drop_if([&](uint32_t i) { return is_clutter(i); });
    mass_ = measure(tree_, selection_.dropped);
    selection_.root = locate();
    prune();
    drop_lone_headings();
    selection_.title = title_before_root();
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
      return share < (content || in_body_[i] ? kMostClutterInside : kMostClutter);
    }
    return (node.hints & kByline) != 0 && !content && mass_[i].weight < kLongestByline && share < kMostClutter;
  }

  void find_bodies() {
    in_body_.resize(tree_.nodes.size());
    for (uint32_t i = 1; i < tree_.nodes.size(); ++i) {
      const uint32_t parent = tree_.nodes[i].parent;
      in_body_[i] = in_body_[parent] || ((tree_.nodes[parent].hints & kBody) != 0 &&
                                         mass_[parent].prose > kLeastBody * mass_[0].prose);
    }
  }

  bool in_article(uint32_t i) const {
    for (uint32_t at = tree_.nodes[i].parent; at != 0; at = tree_.nodes[at].parent) {
      const Tag tag = tree_.nodes[at].tag;
      if (tag == Tag::kArticle || tag == Tag::kMain) return true;
    }
    return false;
  }

  // Where the content is: what is marked as such, if there is enough of it, else where the prose is.
  uint32_t locate() const {
    const auto is_body = [](const Node& node) { return (node.hints & kBody) != 0; };
    const auto is_article = [](const Node& node) { return node.tag == Tag::kArticle; };
    const auto is_main = [](const Node& node) { return node.tag == Tag::kMain; };
    uint32_t at = towards_marked(is_body, kLeastBody);
    if (at == 0) at = towards_marked(is_article, kLeastArticle);
    if (at == 0) at = towards_marked(is_main, kLeastArticle);
    return towards_prose(at);
  }

  // The innermost element that holds most of the prose in elements which `marked` is true of: one of
  // them, or an element around several. 0 where they hold too little.
  template <typename Marked>
  uint32_t towards_marked(Marked marked, double least) const {
    std::vector<float> prose(tree_.nodes.size());
    for (uint32_t i = 1; i < tree_.nodes.size();) {
      const bool found = !selection_.dropped[i] && marked(tree_.nodes[i]);
      if (found) prose[i] = mass_[i].prose;
      i = found || selection_.dropped[i] ? tree_.nodes[i].end : i + 1;
    }
    for (size_t i = prose.size(); i-- > 1;) prose[tree_.nodes[i].parent] += prose[i];
    if (prose[0] < least * mass_[0].prose) return 0;
    uint32_t at = 0;
    for (;;) {
      uint32_t best = at;
      for (uint32_t i = at + 1; i < tree_.nodes[at].end; i = tree_.nodes[i].end) {
        if (prose[i] > kMostOfMarked * prose[at]) best = i;
      }
      if (best == at) return at;
      at = best;
    }
  }

  // From `at` on, to whichever element holds nearly all prose.
  uint32_t towards_prose(uint32_t at) const {
    for (;;) {
      uint32_t best = 0;
      double loose = 0;
      for (uint32_t i = at + 1; i < tree_.nodes[at].end; i = tree_.nodes[i].end) {
        if (selection_.dropped[i]) continue;
        if (!is_container(i)) {
          loose += mass_[i].prose;
        } else if (best == 0 || mass_[i].prose > mass_[best].prose) {
          best = i;
        }
      }
      if ((tree_.nodes[at].hints & kBody) != 0 || best == 0) return at;
      if (loose > kMostLoose * mass_[at].prose) return at;
      const bool content = (tree_.nodes[best].hints & kContent) != 0;
      if (mass_[best].prose < (content ? kEnoughOfContent : kNearlyAll) * mass_[at].prose) return at;
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
      case Tag::kCustom:
        return true;
      default:
        return false;
    }
  }

  // Drops what is mostly links, unless the content is made of just that.
  void prune() {
    const std::vector<uint8_t> before = selection_.dropped;
    drop_if([&](uint32_t i) { return is_link_list(i); });
    const float left = measure(tree_, selection_.dropped)[selection_.root].weight;
    if (left < kLeastLeft * mass_[selection_.root].weight) selection_.dropped = before;
  }

  // The last <h1> before the root that says what the page's <title> says, unless the root has one.
  uint32_t title_before_root() const {
    const std::string titles = fold_spaces(tree_.title) + "\n" + fold_spaces(tree_.og_title);
    uint32_t found = 0;
    for (uint32_t i = 1; i < tree_.nodes[selection_.root].end;) {
      const Node& node = tree_.nodes[i];
      if (node.level == 1 && !selection_.dropped[i]) {
        if (i >= selection_.root) return 0;
        const std::string text = line_of(tree_, i, selection_.dropped);
        if (!text.empty() && titles.find(text) != std::string::npos) found = i;
      }
      i = selection_.dropped[i] ? node.end : i + 1;
    }
    return found;
  }

  // Drops headings that are left without anything below them.
  void drop_lone_headings() {
    struct Pending {
      uint32_t node;
      bool lost_text = false;  // something was dropped below it
    };
    std::vector<Pending> pending;
    const auto settle = [&](uint8_t level, bool at_end) {
      while (!pending.empty() && tree_.nodes[pending.back().node].level >= level) {
        const Pending& last = pending.back();
        if (last.lost_text || at_end) selection_.dropped[last.node] = 1;
        pending.pop_back();
      }
    };
    const uint32_t end = tree_.nodes[selection_.root].end;
    for (uint32_t i = selection_.root + 1; i < end;) {
      const Node& node = tree_.nodes[i];
      const bool skip = selection_.dropped[i] || node.tag == Tag::kHeading;
      if (node.tag == Tag::kHeading && !selection_.dropped[i]) {
        settle(node.level, false);
        if (node.level > 1) pending.push_back({i});
      } else if (selection_.dropped[i]) {
        for (Pending& heading : pending) heading.lost_text = true;
      } else if (node.tag == Tag::kText) {
        pending.clear();
      }
      i = skip ? node.end : i + 1;
    }
    settle(0, true);
  }

  bool is_link_list(uint32_t i) const {
    const Node& node = tree_.nodes[i];
    const Mass& mass = mass_[i];
    if (i <= selection_.root || mass.weight == 0) return false;
    const double links = mass.links / mass.weight;
    switch (node.tag) {
      case Tag::kList:
      case Tag::kDiv:
      case Tag::kTable:
        return links > kMostlyLinks;
      case Tag::kP:
      case Tag::kHeading:
      case Tag::kCustom:
        return links > kOnlyLinks;
      default:
        return node.tag == Tag::kFigcaption;
    }
  }

  const Tree& tree_;
  Selection selection_;
  std::vector<Mass> mass_;
  std::vector<uint8_t> in_body_;  // by node: whether it lies in what is marked as the page's text
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
