#include "curate/extract/html_main.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "curate/extract/html_mass.h"
#include "curate/extract/html_text.h"

namespace fundi::curate::html {
namespace {

// Found on labelled pages (bench/compare_html_extraction). Shares of prose:
constexpr double kMostClutter = 0.4;          // of the page: more in an element is no clutter
constexpr double kMostClutterInside = 0.2;    // ... in one that is marked as content, too
constexpr double kLeastBesideComments = 0.1;  // of the page, outside of comments
constexpr double kLeastBody = 0.15;           // of the page, in elements marked as its text
constexpr double kLeastArticle = 0.3;         // ... in articles
constexpr double kMostOfMarked = 0.7;         // of that, in one child
constexpr double kNearlyAll = 0.9;            // of a parent, in a child without hints
constexpr double kEnoughOfContent = 0.5;      // ... in one with kContent
constexpr double kMostLoose = 0.05;           // of a parent, in paragraphs beside the child
constexpr double kLeastShare = 0.2;           // of the page, in content: else names are not believed
// Shares of links in the text:
constexpr double kFewLinks = 0.15;     // of a lead, of a box in the text
constexpr double kListOfLinks = 0.4;   // from here on a list is left out
constexpr double kMostlyLinks = 0.4;   // ... a container
constexpr double kOnlyLinks = 0.7;     // ... a paragraph
constexpr double kTableOfLinks = 0.9;  // ... a table
constexpr double kLeastLeft = 0.5;     // of the content's text, when they are left out
// Characters:
constexpr double kLeastEmbedded = 150;  // of prose in a box in the text
constexpr double kLeastLead = 50;       // ... in a lead
constexpr double kLongestByline = 600;

bool never_shown(const Tree& tree, const Node& node) {
  return tree.has(node, kNeverShown) || (node.hints & kHidden) != 0;
}

class Finder {
 public:
  // `by_names`: believes what class names and ids say.
  Finder(const Tree& tree, bool by_names) : tree_(tree), by_names_(by_names) {
    selection_.dropped.resize(tree.nodes.size());
  }

  Selection find() {
    drop_if([&](uint32_t i) { return tree_.has(tree_.nodes[i], kNeverShown); });
    mass_ = measure(tree_, selection_.dropped);
    find_bodies();
    drop_if([&](uint32_t i) { return is_marked(i); });
    mass_ = measure(tree_, selection_.dropped);
    const float before = mass_[0].prose;
    if (by_names_) {
      drop_if([&](uint32_t i) { return is_named_clutter(i); });
      mass_ = measure(tree_, selection_.dropped);
    }
    root_ = locate();
    left_ = mass_[root_].prose / std::max(1.0f, before);
    prune();
    drop_lone_headings();
    add_title();
    selection_.roots.push_back(root_);
    return std::move(selection_);
  }

  // Of the prose outside of navigation and comments, what the content holds.
  float share_left() const { return left_; }

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

  double share(uint32_t i) const { return mass_[i].prose / std::max(1.0f, mass_[0].prose); }

  // By what elements are, and comments.
  bool is_marked(uint32_t i) const {
    const Node& node = tree_.nodes[i];
    if (node.tag == Tag::kText || node.tag == Tag::kBody) return false;
    if ((node.hints & kPermalink) != 0) return true;
    if ((node.hints & kComments) != 0 && by_names_) return share(i) < 1 - kLeastBesideComments;
    const bool by_tag = node.tag == Tag::kNav || node.tag == Tag::kFooter ||
                        node.tag == Tag::kAside || node.tag == Tag::kForm ||
                        node.tag == Tag::kButton || (node.tag == Tag::kHeader && !in_article(i));
    return (by_tag || (node.hints & (kHidden | kRole)) != 0) && share(i) < kMostClutter;
  }

  // By what class names and ids say.
  bool is_named_clutter(uint32_t i) const {
    const Node& node = tree_.nodes[i];
    if (node.tag == Tag::kText || node.tag == Tag::kBody) return false;
    const bool content = (node.hints & (kContent | kBody)) != 0;
    if ((node.hints & kClutter) != 0 && !is_embedded(i)) {
      return share(i) < (content || in_body_[i] ? kMostClutterInside : kMostClutter);
    }
    return (node.hints & kByline) != 0 && !content && mass_[i].weight < kLongestByline &&
           share(i) < kMostClutter;
  }

  // Much prose without links, between prose: a box that belongs to the text, whatever its class.
  bool is_embedded(uint32_t i) const {
    if (mass_[i].prose < kLeastEmbedded) return false;
    if (mass_[i].links > kFewLinks * mass_[i].weight) return false;
    const Node& parent = tree_.nodes[tree_.nodes[i].parent];
    uint32_t first = tree_.nodes[i].parent + 1;
    while (first < i && mass_[first].prose < kFullRun) first = tree_.nodes[first].end;
    uint32_t next = tree_.nodes[i].end;
    while (next < parent.end && mass_[next].prose < kFullRun) next = tree_.nodes[next].end;
    return first < i && next < parent.end;
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

  // Where the content is: what is marked as such, if there is enough of it, else where the prose
  // is.
  uint32_t locate() const {
    const auto is_body = [](const Node& node) { return (node.hints & kBody) != 0; };
    const auto is_article = [](const Node& node) { return node.tag == Tag::kArticle; };
    const auto is_main = [](const Node& node) {
      return node.tag == Tag::kMain || (node.hints & kMainRole) != 0;
    };
    uint32_t at = towards_marked(is_body, kLeastBody);
    if (at == 0) at = towards_marked(is_article, kLeastArticle);
    if (at == 0) at = towards_marked(is_main, kLeastArticle);
    return towards_prose(at);
  }

  // The innermost element that holds most of the prose in elements which `marked` is true of: one
  // of them, or an element around several. 0 where they hold too little.
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
      if (mass_[best].prose < (content ? kEnoughOfContent : kNearlyAll) * mass_[at].prose)
        return at;
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
    const float left = measure(tree_, selection_.dropped)[root_].weight;
    if (left < kLeastLeft * mass_[root_].weight) selection_.dropped = before;
  }

  // Adds the last <h1> before the root that says what the page's <title> says, or that and more,
  // and prose between it and the root; none of it if the root has an <h1>.
  void add_title() {
    const std::string titles[] = {fold_spaces(tree_.title), fold_spaces(tree_.og_title)};
    std::vector<uint32_t> found;
    for (uint32_t i = 1; i < tree_.nodes[root_].end;) {
      const Node& node = tree_.nodes[i];
      bool taken = false;
      if (node.level == 1 && !selection_.dropped[i]) {
        if (i >= root_) return;
        if (is_title(i, titles)) {
          found.clear();
          taken = true;
        }
      } else if (!found.empty() && i < root_ && !selection_.dropped[i]) {
        taken = is_lead(i);
      }
      if (taken) found.push_back(i);
      i = taken || selection_.dropped[i] ? node.end : i + 1;
    }
    selection_.roots = std::move(found);
  }

  bool is_title(uint32_t i, std::span<const std::string> titles) const {
    const std::string text = line_of(tree_, i, selection_.dropped);
    return !text.empty() && std::any_of(titles.begin(), titles.end(), [&](const auto& title) {
      return title.find(text) != std::string::npos ||
             (!title.empty() && text.find(title) != std::string::npos);
    });
  }

  bool is_lead(uint32_t i) const {
    const Tag tag = tree_.nodes[i].tag;
    if (tag != Tag::kP && tag != Tag::kDiv && tag != Tag::kHeading) return false;
    if (tree_.nodes[i].end > root_ || mass_[i].links > kFewLinks * mass_[i].weight) return false;
    return mass_[i].prose > kLeastLead && mass_[i].prose > kNearlyAll * mass_[i].weight;
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
    const uint32_t end = tree_.nodes[root_].end;
    for (uint32_t i = root_ + 1; i < end;) {
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
    const Mass& mass = mass_[i];
    if (i <= root_ || mass.weight == 0) return false;
    const double links = mass.links / mass.weight;
    switch (tree_.nodes[i].tag) {
      case Tag::kTable:
        return links > kTableOfLinks;
      case Tag::kList:
        return links > kListOfLinks;
      case Tag::kDiv:
        return links > (is_around_table(i) ? kTableOfLinks : kMostlyLinks);
      case Tag::kP:
      case Tag::kHeading:
      case Tag::kCustom:
        return links > kOnlyLinks;
      default:
        return tree_.nodes[i].tag == Tag::kFigcaption;
    }
  }

  bool is_around_table(uint32_t i) const {
    constexpr int kDeepest = 4;
    for (int depth = 0; depth < kDeepest; ++depth) {
      uint32_t child = i + 1;
      const uint32_t end = tree_.nodes[i].end;
      while (child < end && mass_[child].weight < kNearlyAll * mass_[i].weight) {
        child = tree_.nodes[child].end;
      }
      if (child >= end || tree_.nodes[child].tag != Tag::kDiv) {
        return child < end && tree_.nodes[child].tag == Tag::kTable;
      }
      i = child;
    }
    return false;
  }

  const Tree& tree_;
  Selection selection_;
  std::vector<Mass> mass_;
  const bool by_names_;
  uint32_t root_ = 0;
  float left_ = 0;
  std::vector<uint8_t> in_body_;  // by node: whether it lies in what is marked as the page's text
};

}  // namespace

Selection select_visible(const Tree& tree) {
  Selection selection{.roots = {0}, .dropped = {}};
  selection.dropped.resize(tree.nodes.size());
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    selection.dropped[i] = never_shown(tree, tree.nodes[i]) ? 1 : 0;
  }
  return selection;
}

Selection select_main(const Tree& tree) {
  Finder finder(tree, true);
  Selection found = finder.find();
  if (finder.share_left() >= kLeastShare) return found;
  return Finder(tree, false).find();
}

}  // namespace fundi::curate::html
