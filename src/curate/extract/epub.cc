#include <map>
#include <vector>

#include "base/text.h"
#include "curate/extract/charset.h"
#include "curate/extract/html.h"
#include "curate/extract/office.h"

namespace fundi::curate {
namespace {

// META-INF/container.xml names the package.
class Container final : public XmlHandler {
 public:
  void begin(std::string_view name, const Attributes& attributes) override {
    if (name == "rootfile" && package.empty()) package = attributes.get("full-path");
  }
  void end(std::string_view) override {}
  void characters(std::string_view) override {}
  std::string package;
};

// The package (OPF): a manifest of files and the spine, the order in which they are read.
class Package final : public XmlHandler {
 public:
  explicit Package(Extracted& out) : core_(out) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    core_.begin(name, attributes);
    if (name == "item") {
      const bool navigation = attributes.get("properties").find("nav") != std::string_view::npos;
      if (!navigation) files_.emplace(attributes.get("id"), attributes.get("href"));
    } else if (name == "itemref") {
      spine_.emplace_back(attributes.get("idref"));
    }
  }
  void end(std::string_view name) override { core_.end(name); }
  void characters(std::string_view text) override { core_.characters(text); }

  // Those of the spine, each once, relative to the package.
  std::vector<std::string> take_files() {
    std::vector<std::string> order;
    for (const std::string& id : spine_) {
      const auto file = files_.find(id);
      if (file == files_.end()) continue;
      order.push_back(file->second);
      files_.erase(file);
    }
    return order;
  }

 private:
  DublinCore core_;
  std::map<std::string, std::string, std::less<>> files_;
  std::vector<std::string> spine_;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A reference of the package as the name of a member: "%20" taken apart, "../" walked.
std::string member_name(const std::string& package, std::string_view href) {
  href = href.substr(0, href.find('#'));
  std::string plain;
  for (size_t i = 0; i < href.size(); ++i) {
    const int high = i + 2 < href.size() && href[i] == '%' ? hex_digit(href[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(href[i + 2]) : -1;
    if (low >= 0) {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += href[i];
    }
  }
  const size_t folder = package.rfind('/');
  if (folder != package.npos) plain = package.substr(0, folder + 1) + plain;
  return fs::path(plain).lexically_normal().string();
}

void append(const Extracted& part, uint64_t max_text, Extracted& out) {
  if (trim(part.text).empty()) return;
  if (out.text.size() + part.text.size() > max_text) {
    fail(ErrorCode::kCorruptData, "more than {} of text", format_bytes(max_text));
  }
  if (!out.text.empty()) out.text += "\n\n";
  out.text += trim(part.text);
}

}  // namespace

Extracted extract_epub(std::string_view bytes, const ExtractOptions& options) {
  ZipArchive archive(bytes, options.max_expansion);
  Container container;
  parse_member(archive, "META-INF/container.xml", container, options.max_depth);
  Extracted out;
  Package package(out);
  parse_member(archive, container.package, package, options.max_depth);
  // Fonts may be scrambled; a book whose pages are is no book to us.
  const std::string encrypted =
      archive.has("META-INF/encryption.xml") ? archive.read("META-INF/encryption.xml") : "";
  ExtractOptions page_options = options;
  page_options.main_content = false;
  for (const std::string& href : package.take_files()) {
    const std::string name = member_name(container.package, href);
    if (encrypted.find(name) != encrypted.npos) {
      fail(ErrorCode::kCorruptData, "'{}': encrypted (a book with copy protection)", name);
    }
    if (!archive.has(name)) continue;
    const Result<Extracted> page = extract_html(to_utf8(archive.read(name), "").text, page_options);
    if (!page.ok()) fail(page.error().code(), "'{}': {}", name, page.error().what());
    append(page.value(), options.max_text, out);
  }
  return out;
}

}  // namespace fundi::curate
