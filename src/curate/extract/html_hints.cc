#include "curate/extract/html_hints.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>

#include "base/text.h"

namespace fundi::curate::html {
namespace {

// Parts that class names and ids are made of, beyond the hints themselves.
constexpr uint16_t kSubject = 1 << 10;   // article, post, story: with kInside it is kBody
constexpr uint16_t kInside = 1 << 11;    // body, content, text
constexpr uint16_t kNegation = 1 << 12;  // "has-sidebar", "no-comments": about something else

struct WordHints {
  uint16_t hints;
  std::string_view words;
};

// Words that names are made of.
constexpr WordHints kWords[] = {
    {kClutter,
     "ad ads advert advertisement advertising adsense adslot adunit banner breadcrumb breadcrumbs "
     "caption captions consent cookie cookies copyright credit credits crumb crumbs cta donate "
     "donation dropdown feedback footer gdpr hatnote infobar lightbox login masthead megamenu menu "
     "menubar modal nav navbar navbox navi navigation navigator navs newsletter noprint outbrain "
     "overlay pagenav pager pagination paging popular popup print promo promoted promotion rating "
     "ratings recirc recommend recommendation recommendations recommended related register rss "
     "search share sharebar sharebox sharedaddy shares sharing sidebar sidenav signin signup skip "
     "sociable social socials sponsor sponsored sponsors subnav subscribe subscription "
     "syndication taboola tabs teaser teasers toolbar tooltip topbar topnav trending upsell "
     "widget widgets yarpp"},
    {kComments, "comment comments commentlist disqus discussion replies reply respond"},
    {kByline,
     "author authorbox authors bio byline bylines categories date dateline meta postmeta "
     "postmetadata published tag tags taglist timestamp topics updated utility"},
    {kPermalink, "anchorjs editsection headerlink linenos linenumbers lineno permalink"},
    {kContent | kSubject, "article blog entry main news page post story"},
    {kContent | kInside, "content contents body text copy"},
    {kBody,
     "articlebody articlecontent articletext bodytext entrycontent maincontent postbody "
     "postcontent storybody storytext"},
    {kNegation, "elementor has no with without"},
};

// Whole names, without their punctuation.
constexpr WordHints kNames[] = {
    {kClutter,
     "jprelatedposts mostread readmore recentposts relatedlinks relatedposts screenreadertext "
     "sronly tableofcontents toc visuallyhidden"},
    {kComments, "fbcomments"},
    {kBody, "mwparseroutput"},
};

// Values of the attribute "role".
constexpr WordHints kRoles[] = {
    {kRole,
     "alert alertdialog banner complementary contentinfo dialog menu menubar navigation search "
     "tablist toolbar tooltip"},
    {kContent | kMainRole, "main"},
    {kContent, "article"},
};

using Words = std::unordered_map<std::string_view, uint16_t>;

template <size_t N>
Words to_map(const WordHints (&lists)[N]) {
  Words map;
  for (const auto& [hints, words] : lists) {
    for (size_t begin = 0; begin < words.size();) {
      const size_t end = std::min(words.find(' ', begin), words.size());
      map[words.substr(begin, end - begin)] = hints;
      begin = end + 1;
    }
  }
  return map;
}

// Letters of a name, in lower case, as far as they fit.
class Letters {
 public:
  void add(char c) {
    if (length_++ < kLongestWord) word_[length_ - 1] = static_cast<char>(c | 0x20);
  }
  void clear() { length_ = 0; }
  uint16_t hints(const Words& words) const {
    if (length_ == 0 || length_ > kLongestWord) return 0;
    const auto found = words.find(std::string_view(word_, length_));
    return found == words.end() ? 0 : found->second;
  }

 private:
  static constexpr size_t kLongestWord = 24;
  char word_[kLongestWord];
  size_t length_ = 0;
};

// Of one class or id, cut at punctuation and where upper case follows lower case.
uint16_t hints_of_name(std::string_view name) {
  static const Words kWordMap = to_map(kWords), kNameMap = to_map(kNames);
  uint16_t hints = 0;
  Letters word, whole;
  bool lower_before = false;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    if ((!upper && !lower) || (upper && lower_before)) {
      hints |= word.hints(kWordMap);
      word.clear();
    }
    if (upper || lower) {
      word.add(c);
      whole.add(c);
    }
    lower_before = lower;
  }
  hints |= word.hints(kWordMap);
  hints |= whole.hints(kNameMap);
  if ((hints & kNegation) != 0) return 0;
  // "footer-content" and "related-article" are neither.
  if ((hints & (kClutter | kComments)) != 0)
    return static_cast<uint16_t>(hints & (kClutter | kComments));
  if ((hints & kSubject) != 0 && (hints & kInside) != 0) hints |= kBody;
  return static_cast<uint16_t>(hints & (kSubject - 1));
}

uint16_t hints_of_names(std::string_view names) {
  uint16_t hints = 0;
  for (size_t begin = 0; begin < names.size();) {
    const size_t end = std::min(names.find_first_of(" \t\r\n", begin), names.size());
    if (end > begin) hints |= hints_of_name(names.substr(begin, end - begin));
    begin = end + 1;
  }
  return hints;
}

bool hides(std::string_view style) {
  std::string compact;
  for (const char c : style.substr(0, 512)) {
    if (c != ' ') compact += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  }
  return compact.find("display:none") != std::string::npos ||
         compact.find("visibility:hidden") != std::string::npos;
}

}  // namespace

uint16_t hints_of(std::span<const Attribute> attributes) {
  static const Words kRoleMap = to_map(kRoles);
  constexpr size_t kLongestNames = 1024;  // of a class attribute; beyond lies no hint
  uint16_t hints = 0;
  for (const auto& [name, value] : attributes) {
    if (equals_ignoring_case(name, "class") || equals_ignoring_case(name, "id")) {
      hints |= hints_of_names(value.substr(0, kLongestNames));
    } else if (equals_ignoring_case(name, "role")) {
      const auto found = kRoleMap.find(trim(value));
      if (found != kRoleMap.end()) hints |= found->second;
    } else if (equals_ignoring_case(name, "itemprop")) {
      if (value == "articleBody" || value == "text") hints |= kBody;
    } else if (equals_ignoring_case(name, "hidden")) {
      if (!equals_ignoring_case(value, "until-found")) hints |= kHidden;
    } else if (equals_ignoring_case(name, "aria-hidden")) {
      if (equals_ignoring_case(value, "true")) hints |= kHidden;
    } else if (equals_ignoring_case(name, "style")) {
      if (hides(value)) hints |= kHidden;
    }
  }
  return hints;
}

}  // namespace fundi::curate::html
