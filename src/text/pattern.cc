#include "text/pattern.h"

#include <string>

#include "base/error.h"
#include "text/regex/regex.h"
#include "text/scanners/cursor.h"

namespace fundi::text {
namespace {

class ScannerPattern : public Pattern {
 public:
  explicit ScannerPattern(std::shared_ptr<const Scanner> scanner) : scanner_(std::move(scanner)) {}
  void matches(std::string_view text, Sink sink) const override {
    const Cursor in(text);
    for (size_t pos = 0; pos < text.size();) {
      const size_t end = scanner_->match(text, pos);
      if (end == pos) {
        pos = in.next(pos);
      } else {
        sink(pos, end);
        pos = end;
      }
    }
  }

 private:
  std::shared_ptr<const Scanner> scanner_;
};

class StringPattern : public Pattern {
 public:
  explicit StringPattern(std::string_view content) : content_(content) {}
  void matches(std::string_view text, Sink sink) const override {
    for (size_t at = text.find(content_); at != std::string_view::npos;
         at = text.find(content_, at + content_.size())) {
      sink(at, at + content_.size());
    }
  }

 private:
  std::string content_;
};

class RegexPattern : public Pattern {
 public:
  explicit RegexPattern(std::string_view expression) : regex_(expression) {}
  void matches(std::string_view text, Sink sink) const override {
    const Cursor in(text);
    size_t from = 0, last_end = std::string_view::npos;
    while (from <= text.size()) {
      const auto match = regex_.find(text, from);
      if (!match) return;
      if (match->begin == match->end && match->end == last_end) {
        from = from < text.size() ? in.next(from) : from + 1;
        continue;
      }
      sink(match->begin, match->end);
      from = last_end = match->end;
    }
  }

 private:
  Regex regex_;
};

}  // namespace

std::shared_ptr<const Pattern> parse_pattern(const JsonReader& json) {
  const bool regex = json.has("Regex");
  const JsonReader content = json.child(regex ? "Regex" : "String");
  if (!regex) return string_pattern(content.string());
  try {
    return regex_pattern(content.string());
  } catch (const Error& error) {
    throw Error(error.code(), content.where() + ": " + error.what());
  }
}

std::shared_ptr<const Pattern> regex_pattern(std::string_view expression) {
  if (auto scanner = find_scanner(expression)) return scanner_pattern(std::move(scanner));
  return std::make_shared<RegexPattern>(expression);
}

std::shared_ptr<const Pattern> scanner_pattern(std::shared_ptr<const Scanner> scanner) {
  return std::make_shared<ScannerPattern>(std::move(scanner));
}

std::shared_ptr<const Pattern> string_pattern(std::string_view content) {
  // An empty string is found between all characters, as the empty expression is.
  if (content.empty()) return std::make_shared<RegexPattern>("");
  return std::make_shared<StringPattern>(content);
}

}  // namespace fundi::text
