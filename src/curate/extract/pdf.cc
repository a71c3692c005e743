#include "curate/extract/pdf.h"

#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

std::string utf8_of(const poppler::ustring& text) {
  const poppler::byte_array bytes = text.to_utf8();
  return text::replace_invalid_utf8({bytes.data(), bytes.size()});
}

bool is_class(std::string_view text, bool last, uint8_t classes) {
  if (text.empty()) return false;
  const char32_t c = last ? text::last_character(text) : text::code_point_at(text, 0).value;
  return (text::char_classes()[c] & classes) != 0;
}

// "- ", "• ", "3. ", "(a) "
bool begins_item(std::string_view line) {
  if (line.starts_with("•") || line.starts_with("–") || line.starts_with("- ")) return true;
  const std::string_view word = line.substr(0, line.find(' '));
  if (word.size() == line.size() || word.size() > 5) return false;
  return word.ends_with('.') || word.ends_with(')')
             ? is_class(word, false, text::kNumber) || word.starts_with('(') || word.ends_with(')')
             : false;
}

std::vector<std::string_view> lines_of(std::string_view page) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at <= page.size();) {
    const size_t end = std::min(page.find_first_of("\n\f", at), page.size());
    lines.push_back(trim(page.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

// A length that most full lines have: that of the line nine tenths of all are not longer than.
size_t full_length(const std::vector<std::string_view>& lines) {
  std::vector<size_t> lengths;
  for (const std::string_view line : lines) {
    if (!line.empty()) lengths.push_back(line.size());
  }
  if (lengths.empty()) return 0;
  const size_t rank = lengths.size() * 9 / 10;
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(rank),
                   lengths.end());
  return lengths[rank];
}

bool divides_word(std::string_view line, std::string_view next) {
  if (!line.ends_with('-') || !is_class(next, false, text::kLower)) return false;
  return is_class(line.substr(0, line.size() - 1), true, text::kLower);
}

}  // namespace

std::string join_lines(std::string_view page) {
  const std::vector<std::string_view> lines = lines_of(page);
  const size_t full = full_length(lines);
  std::string out;
  std::string_view last;  // the line before, empty where a paragraph has ended
  for (const std::string_view line : lines) {
    if (line.empty()) {
      last = {};
      continue;
    }
    if (out.empty()) {
    } else if (last.empty()) {
      out += "\n\n";
    } else if (divides_word(last, line)) {
      out.pop_back();
    } else if (last.size() * 10 >= full * 7 && !begins_item(line)) {
      out += ' ';
    } else {
      out += '\n';
    }
    out += line;
    last = line;
  }
  return out;
}

Extracted extract_pdf(std::string_view bytes, const ExtractOptions& options) {
  static std::once_flag once;
  std::call_once(
      once, [] { poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr); });
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    fail(ErrorCode::kUnsupported, "a PDF above 2 GB");
  }
  const std::unique_ptr<poppler::document> document(
      poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
  if (document == nullptr) fail(ErrorCode::kCorruptData, "no PDF, or one damaged beyond repair");
  if (document->is_locked())
    fail(ErrorCode::kCorruptData, "encrypted; it opens with a password only");
  Extracted out;
  for (int i = 0; i < document->pages(); ++i) {
    const std::unique_ptr<poppler::page> page(document->create_page(i));
    if (page == nullptr) continue;
    const std::string text =
        join_lines(utf8_of(page->text({}, poppler::page::non_raw_non_physical_layout)));
    if (text.empty()) continue;
    if (out.text.size() + text.size() > options.max_text) {
      fail(ErrorCode::kCorruptData, "more than {} of text", format_bytes(options.max_text));
    }
    if (!out.text.empty()) {
      // A sentence that a page divides goes on.
      const bool goes_on =
          is_class(out.text, true, text::kLower) && is_class(text, false, text::kLower);
      out.text += goes_on ? " " : "\n\n";
    }
    out.text += text;
  }
  if (out.text.empty()) {
    fail(ErrorCode::kUnsupported, "no text on its {} pages: scanned? it needs text recognition",
         document->pages());
  }
  out.title = trim(utf8_of(document->get_title()));
  return out;
}

}  // namespace fundi::curate
