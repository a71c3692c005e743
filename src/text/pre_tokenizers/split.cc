#include "base/error.h"
#include "text/pattern.h"
#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"

namespace fundi::text {
namespace {

class Split : public PreTokenizerStep {
 public:
  explicit Split(const JsonReader& json)
      : pattern_(parse_pattern(json.child("pattern"))),
        behavior_(parse_behavior(json, "behavior")),
        invert_(json.boolean("invert", false)) {}

  void split(const TextPiece& piece, Sink sink) const override {
    DelimiterSplitter splitter(piece, behavior_, invert_, sink);
    pattern_->matches(piece.text,
                      [&](size_t begin, size_t end) { splitter.delimiter(begin, end); });
    splitter.finish();
  }

 private:
  std::shared_ptr<const Pattern> pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

}  // namespace

SplitBehavior parse_behavior(const JsonReader& json, std::string_view key) {
  const std::string_view name = json.string(key, "Isolated");
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  json.child(key).corrupt(fmt::format("'{}' is no behavior of delimiters", name));
}

std::unique_ptr<PreTokenizerStep> make_split(const JsonReader& json) {
  return std::make_unique<Split>(json);
}

}  // namespace fundi::text
