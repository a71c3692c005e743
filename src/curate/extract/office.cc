#include "curate/extract/office.h"

#include "base/text.h"

namespace fundi::curate {

void parse_member(ZipArchive& archive, const std::string& name, XmlHandler& handler,
                  uint64_t max_depth) {
  XmlReader reader(handler, max_depth);
  try {
    archive.read(name, [&](std::string_view piece) { reader.feed(piece); });
    reader.finish();
  } catch (const Error& e) {
    const bool named = std::string_view(e.what()).starts_with("'");
    if (named) throw;
    fail(e.code(), "'{}': {}", name, e.what());
  }
}

void DublinCore::begin(std::string_view name, const Attributes&) {
  // The first counts: an OPF package may name further titles and languages.
  if (name == "title" && out_.title.empty()) target_ = &out_.title;
  if (name == "language" && out_.language.empty()) target_ = &out_.language;
}

void DublinCore::end(std::string_view name) {
  if (target_ == nullptr || (name != "title" && name != "language")) return;
  *target_ = std::string(trim(*target_));
  target_ = nullptr;
}

void DublinCore::characters(std::string_view text) {
  constexpr size_t kMaxTitle = 1000;
  if (target_ != nullptr && target_->size() + text.size() <= kMaxTitle) *target_ += text;
}

void read_dublin_core(ZipArchive& archive, const std::string& name, uint64_t max_depth,
                      Extracted& out) {
  if (!archive.has(name)) return;
  try {
    DublinCore handler(out);
    parse_member(archive, name, handler, max_depth);
  } catch (const Error&) {
    return;
  }
}

}  // namespace fundi::curate
