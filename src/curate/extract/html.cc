#include "curate/extract/html.h"

#include <algorithm>

#include "base/text.h"
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

}  // namespace

Result<Extracted> extract_html(std::string_view utf8, const ExtractOptions& options) try {
  const html::Tree tree = html::parse(utf8, options.max_depth);
  const html::Selection selection =
      options.main_content ? html::select_main(tree) : html::select_visible(tree);
  Extracted out{.text = html::render(tree, selection, options.max_text),
                .title = html::fold_spaces(tree.og_title),
                .language = language_tag(tree.language)};
  if (out.title.empty()) out.title = html::fold_spaces(tree.title);
  if (out.title.empty()) out.title = first_heading(tree);
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace fundi::curate
