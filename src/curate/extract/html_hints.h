#pragma once

#include <cstdint>
#include <span>

#include "curate/extract/html_tokens.h"

namespace fundi::curate::html {

// What the attributes of an element say about its content.
enum Hint : uint16_t {
  kHidden = 1,      // hidden, aria-hidden, display:none
  kClutter = 2,     // menus, share bars, cookie notices, related articles, advertising
  kComments = 4,    // what readers wrote below
  kByline = 8,      // author, date, tags: clutter where it is short
  kContent = 16,    // "content", "main", "post": the page's own content is inside, and maybe more
  kBody = 32,       // articleBody, entry-content: the content itself
  kRole = 256,      // a role that kClutter's kinds have
  kMainRole = 128,  // role="main"
  kPermalink = 64   // the "¶" or "#" beside a heading
};

uint16_t hints_of(std::span<const Attribute> attributes);

}  // namespace fundi::curate::html
