#include "curate/extract/html_tags.h"

#include <algorithm>
#include <array>

namespace fundi::curate::html {
namespace {

struct Named {
  std::string_view name;
  Tag tag;
  uint8_t level = 0;
};

constexpr Named kNames[] = {
    {"a", Tag::kA},
    {"abbr", Tag::kSpan},
    {"acronym", Tag::kSpan},
    {"address", Tag::kDiv},
    {"annotation", Tag::kAnnotation},
    {"annotation-xml", Tag::kAnnotation},
    {"area", Tag::kImage},
    {"article", Tag::kArticle},
    {"aside", Tag::kAside},
    {"audio", Tag::kMedia},
    {"b", Tag::kSpan},
    {"base", Tag::kMeta},
    {"bdi", Tag::kSpan},
    {"bdo", Tag::kSpan},
    {"big", Tag::kSpan},
    {"blockquote", Tag::kBlockquote},
    {"body", Tag::kBody},
    {"br", Tag::kBr},
    {"button", Tag::kButton},
    {"canvas", Tag::kMedia},
    {"caption", Tag::kCaption},
    {"center", Tag::kDiv},
    {"cite", Tag::kSpan},
    {"code", Tag::kSpan},
    {"col", Tag::kImage},
    {"data", Tag::kSpan},
    {"datalist", Tag::kMedia},
    {"dd", Tag::kDd},
    {"del", Tag::kSpan},
    {"details", Tag::kDiv},
    {"dfn", Tag::kSpan},
    {"dialog", Tag::kDiv},
    {"dir", Tag::kList},
    {"div", Tag::kDiv},
    {"dl", Tag::kDl},
    {"dt", Tag::kDt},
    {"em", Tag::kSpan},
    {"embed", Tag::kImage},
    {"fieldset", Tag::kDiv},
    {"figcaption", Tag::kFigcaption},
    {"figure", Tag::kFigure},
    {"font", Tag::kSpan},
    {"footer", Tag::kFooter},
    {"form", Tag::kForm},
    {"frame", Tag::kImage},
    {"h1", Tag::kHeading, 1},
    {"h2", Tag::kHeading, 2},
    {"h3", Tag::kHeading, 3},
    {"h4", Tag::kHeading, 4},
    {"h5", Tag::kHeading, 5},
    {"h6", Tag::kHeading, 6},
    {"head", Tag::kHead},
    {"header", Tag::kHeader},
    {"hgroup", Tag::kDiv},
    {"hr", Tag::kHr},
    {"html", Tag::kHtml},
    {"i", Tag::kSpan},
    {"iframe", Tag::kFrame},
    {"img", Tag::kImage},
    {"input", Tag::kImage},
    {"ins", Tag::kSpan},
    {"kbd", Tag::kSpan},
    {"label", Tag::kLabel},
    {"legend", Tag::kLegend},
    {"li", Tag::kLi},
    {"link", Tag::kMeta},
    {"listing", Tag::kPre},
    {"main", Tag::kMain},
    {"mark", Tag::kSpan},
    {"math", Tag::kSpan},
    {"menu", Tag::kList},
    {"meta", Tag::kMeta},
    {"meter", Tag::kMedia},
    {"nav", Tag::kNav},
    {"noembed", Tag::kFrame},
    {"noframes", Tag::kFrame},
    {"noscript", Tag::kNoscript},
    {"object", Tag::kMedia},
    {"ol", Tag::kList},
    {"optgroup", Tag::kOption},
    {"option", Tag::kOption},
    {"p", Tag::kP},
    {"param", Tag::kImage},
    {"plaintext", Tag::kPlaintext},
    {"pre", Tag::kPre},
    {"progress", Tag::kMedia},
    {"q", Tag::kSpan},
    {"rp", Tag::kRubyText},
    {"rt", Tag::kRubyText},
    {"ruby", Tag::kRuby},
    {"s", Tag::kSpan},
    {"samp", Tag::kSpan},
    {"script", Tag::kScript},
    {"search", Tag::kDiv},
    {"section", Tag::kDiv},
    {"select", Tag::kMedia},
    {"small", Tag::kSpan},
    {"source", Tag::kImage},
    {"span", Tag::kSpan},
    {"strike", Tag::kSpan},
    {"strong", Tag::kSpan},
    {"style", Tag::kScript},
    {"sub", Tag::kSpan},
    {"summary", Tag::kSummary},
    {"sup", Tag::kSpan},
    {"svg", Tag::kMedia},
    {"table", Tag::kTable},
    {"tbody", Tag::kTableGroup},
    {"td", Tag::kTd},
    {"template", Tag::kTemplate},
    {"textarea", Tag::kTextarea},
    {"tfoot", Tag::kTableGroup},
    {"th", Tag::kTd},
    {"thead", Tag::kTableGroup},
    {"time", Tag::kSpan},
    {"title", Tag::kTitle},
    {"tr", Tag::kTr},
    {"track", Tag::kImage},
    {"tt", Tag::kSpan},
    {"u", Tag::kSpan},
    {"ul", Tag::kList},
    {"var", Tag::kSpan},
    {"video", Tag::kMedia},
    {"wbr", Tag::kImage},
    {"xmp", Tag::kPre},
};
constexpr size_t kLongestName = 14;
constexpr size_t kSlots = 1024;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

constexpr size_t slot_of(std::string_view name) {
  uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(lower(c))) * 16777619u;
  return (hash ^ hash >> 15) % kSlots;
}

// Index + 1 into kNames, open addressing.
constexpr std::array<uint8_t, kSlots> kTable = [] {
  std::array<uint8_t, kSlots> table{};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    size_t slot = slot_of(kNames[i].name);
    while (table[slot] != 0) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<uint8_t>(i + 1);
  }
  return table;
}();
static_assert(std::size(kNames) < 255);

constexpr std::array<uint16_t, static_cast<size_t>(Tag::kCount)> kFlags = [] {
  std::array<uint16_t, static_cast<size_t>(Tag::kCount)> flags{};
  const auto set = [&](uint16_t flag, std::initializer_list<Tag> tags) {
    for (const Tag tag : tags) {
      uint16_t& of = flags[static_cast<size_t>(tag)];
      of = static_cast<uint16_t>(of | flag);
    }
  };
  set(kBlock, {Tag::kArticle,    Tag::kAside,   Tag::kBlockquote, Tag::kBody,       Tag::kCaption,
               Tag::kDd,         Tag::kDiv,     Tag::kDl,         Tag::kDt,         Tag::kFigure,
               Tag::kFigcaption, Tag::kFooter,  Tag::kForm,       Tag::kHeader,     Tag::kHead,
               Tag::kHeading,    Tag::kHr,      Tag::kHtml,       Tag::kLegend,     Tag::kLi,
               Tag::kList,       Tag::kMain,    Tag::kNav,        Tag::kP,          Tag::kPlaintext,
               Tag::kPre,        Tag::kSummary, Tag::kTable,      Tag::kTableGroup, Tag::kTd,
               Tag::kTitle,      Tag::kTr});
  set(kVoid, {Tag::kBr, Tag::kHr, Tag::kImage, Tag::kMeta});
  set(kRawText, {Tag::kFrame, Tag::kPlaintext, Tag::kScript, Tag::kTextarea, Tag::kTitle});
  set(kNeverShown, {Tag::kAnnotation, Tag::kFrame, Tag::kHead, Tag::kMedia, Tag::kNoscript,
                    Tag::kScript, Tag::kTemplate, Tag::kTextarea, Tag::kTitle});
  set(kClosesP,
      {Tag::kArticle, Tag::kAside,     Tag::kBlockquote, Tag::kDd,      Tag::kDiv,  Tag::kDl,
       Tag::kDt,      Tag::kFigure,    Tag::kFigcaption, Tag::kFooter,  Tag::kForm, Tag::kHeader,
       Tag::kHeading, Tag::kHr,        Tag::kLi,         Tag::kList,    Tag::kMain, Tag::kNav,
       Tag::kP,       Tag::kPlaintext, Tag::kPre,        Tag::kSummary, Tag::kTable});
  set(kScope, {Tag::kCaption, Tag::kHtml, Tag::kTable, Tag::kTd});
  set(kInline, {Tag::kA, Tag::kLabel, Tag::kSpan, Tag::kCustom});
  set(kOfHead, {Tag::kMeta, Tag::kNoscript, Tag::kScript, Tag::kTemplate, Tag::kTitle});
  return flags;
}();

}  // namespace

TagInfo tag_named(std::string_view name) {
  const TagInfo unknown{name.find('-') == std::string_view::npos ? Tag::kSpan : Tag::kCustom};
  if (name.size() > kLongestName) return unknown;
  for (size_t slot = slot_of(name); kTable[slot] != 0; slot = (slot + 1) % kSlots) {
    const Named& known = kNames[kTable[slot] - 1];
    if (std::ranges::equal(known.name, name, {}, {}, lower)) return {known.tag, known.level};
  }
  return unknown;
}

uint16_t flags_of(Tag tag) { return kFlags[static_cast<size_t>(tag)]; }

}  // namespace fundi::curate::html
