#include "curate/extract/html.h"

#include <algorithm>

#include "base/text.h"
#include "curate/extract/charset.h"
#include "curate/extract/html_main.h"
#include "curate/extract/html_text.h"
#include "curate/extract/html_tokens.h"
#include "curate/extract/html_tree.h"

namespace fundi::curate {
namespace {

bool is_tag_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

// "en_US" as "en-US"; empty for what is no language tag.
std::string language_tag(std::string_view declared) {
  std::string tag(trim(declared));
  std::replace(tag.begin(), tag.end(), '_', '-');
  constexpr size_t kShortest = 2, kLongest = 35;
  const bool fits = tag.size() >= kShortest && tag.size() <= kLongest && tag.front() != '-' &&
                    std::all_of(tag.begin(), tag.end(), is_tag_character);
  return fits ? tag : std::string();
}

std::string first_heading(const html::Tree& tree) {
  const auto found = std::find_if(tree.nodes.begin(), tree.nodes.end(),
                                  [](const html::Node& node) { return node.level == 1; });
  if (found == tree.nodes.end()) return {};
  const auto index = static_cast<uint32_t>(found - tree.nodes.begin());
  return html::line_of(tree, index, html::select_visible(tree).dropped);
}

// The layout folds no-break spaces, which are half of what becomes of "à".
int64_t repair_before_layout(std::string_view& utf8, std::string& repaired) {
  if (utf8.find("\u00A0") == utf8.npos || !may_be_mojibake(utf8)) return 0;
  repaired = utf8;
  const int64_t lines = repair_mojibake(repaired);
  utf8 = repaired;
  return lines;
}

}  // namespace

Result<Extracted> extract_html(std::string_view utf8, const ExtractOptions& options) try {
  std::string repaired;
  const int64_t repaired_lines = repair_before_layout(utf8, repaired);
  const html::Tree tree = html::parse(utf8, options.max_depth);
  const html::Selection selection =
      options.main_content ? html::select_main(tree) : html::select_visible(tree);
  Extracted out{.text = html::render(tree, selection, options.max_text),
                .title = html::fold_spaces(tree.og_title),
                .language = language_tag(tree.language),
                .repaired = repaired_lines};
  if (out.title.empty()) out.title = html::fold_spaces(tree.title);
  if (out.title.empty()) out.title = first_heading(tree);
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace fundi::curate
