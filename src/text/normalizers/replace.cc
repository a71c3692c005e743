#include "base/error.h"
#include "text/normalizers/all.h"
#include "text/pattern.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

// Bounds how much a hostile file can lengthen a text.
constexpr size_t kMaxContentBytes = 256;

class Replace : public NormalizerStep {
 public:
  Replace(std::shared_ptr<const Pattern> pattern, std::string_view content)
      : pattern_(std::move(pattern)), content_(content) {}

  void apply(NormalizedText& text) const override {
    const std::string_view in = text.text;
    std::string out;
    size_t done = 0;
    bool any = false;
    pattern_->matches(in, [&](size_t begin, size_t end) {
      if (!any) out.reserve(in.size() + in.size() / 4);
      // The content stands for the last character it replaced.
      if (begin == 0 && end > 0 && (content_.empty() || code_point_at(in, 0).length < end)) {
        text.at_origin = false;
      }
      out.append(in, done, begin - done).append(content_);
      done = end;
      any = true;
    });
    if (!any) return;
    out.append(in, done);
    text.text = std::move(out);
  }

 private:
  std::shared_ptr<const Pattern> pattern_;
  std::string content_;
};

}  // namespace

std::unique_ptr<NormalizerStep> make_replace(const JsonReader& json) {
  const JsonReader content = json.child("content");
  if (content.string().size() > kMaxContentBytes) {
    content.unsupported(fmt::format("more than {} bytes", kMaxContentBytes));
  }
  return std::make_unique<Replace>(parse_pattern(json.child("pattern")), content.string());
}

}  // namespace fundi::text
