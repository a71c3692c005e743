#pragma once

#include <cstdint>
#include <string_view>

namespace fundi::curate::html {

// What elements are to extraction; elements that it treats alike share a tag.
enum class Tag : uint8_t {
  kText,    // not an element
  kSpan,    // formatting: b, i, em, strong, code, font, ...; unknown elements
  kCustom,  // custom elements: inline by themselves, but pages build with them
  kA,
  kAnnotation,
  kArticle,
  kAside,
  kBlockquote,
  kBody,
  kBr,
  kButton,
  kCaption,
  kDd,
  kDiv,  // div, section, center, address, fieldset, details, ...
  kDl,
  kDt,
  kFigure,
  kFigcaption,
  kFooter,
  kForm,
  kFrame,  // iframe, noframes, noembed: raw text nobody sees
  kHeader,
  kHead,
  kHeading,  // h1 to h6; Node::level
  kHr,
  kHtml,
  kImage,  // void elements without text: img, input, source, ...
  kLabel,
  kLegend,
  kLi,
  kList,  // ul, ol, menu, dir
  kMain,
  kMedia,  // audio, video, canvas, object, svg, select, datalist: what they hold is not shown
  kMeta,
  kNav,
  kNoscript,
  kOption,
  kP,
  kPlaintext,
  kPre,
  kRuby,
  kRubyText,  // rt, rp
  kScript,    // script, style
  kSummary,
  kTable,
  kTableGroup,  // thead, tbody, tfoot
  kTd,          // td, th
  kTemplate,
  kTextarea,
  kTitle,
  kTr,
  kCount
};

enum TagFlags : uint16_t {
  kBlock = 1,       // begins on a line of its own
  kVoid = 2,        // has no content and no end tag
  kRawText = 4,     // its content is text up to its end tag, without markup
  kNeverShown = 8,  // its content is not shown by a browser that runs scripts
  kClosesP = 16,    // its start ends an open paragraph
  kScope = 32,      // ends inside do not close elements outside
  kInline = 64,     // its end tag does not close blocks
  kOfHead = 128,    // may stand in <head>
};

struct TagInfo {
  Tag tag = Tag::kSpan;
  uint8_t level = 0;  // of headings
};

// By name in any case.
TagInfo tag_named(std::string_view name);
uint16_t flags_of(Tag tag);

}  // namespace fundi::curate::html
