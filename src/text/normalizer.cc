#include "text/normalizer.h"

#include "base/error.h"
#include "text/normalizers/all.h"

namespace fundi::text {
namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxSteps = 64;
// Each step may lengthen the text; a hostile file must not let a short text fill the memory.
constexpr size_t kMaxGrowth = 64;
constexpr size_t kAlwaysAllowed = 1 << 20;

}  // namespace

Normalizer Normalizer::parse(const JsonReader& json) {
  Normalizer normalizer;
  if (!json.is_null()) normalizer.add(json, 0);
  return normalizer;
}

void Normalizer::add(const JsonReader& json, int depth) {
  if (json.child("type").string() == "Sequence") {
    if (depth == kMaxDepth) json.corrupt("sequences are nested too deeply");
    json.child("normalizers").each([&](const JsonReader& item) { add(item, depth + 1); });
    return;
  }
  if (steps_.size() == kMaxSteps) json.corrupt(fmt::format("more than {} normalizers", kMaxSteps));
  steps_.push_back(make_normalizer_step(json));
}

void Normalizer::apply(NormalizedText& text) const {
  const size_t limit = std::max(text.text.size() * kMaxGrowth, kAlwaysAllowed);
  for (const auto& step : steps_) {
    step->apply(text);
    if (text.text.size() > limit) {
      fail(ErrorCode::kInvalidArgument,
           "the normaliser of this tokenizer makes the text more than {} times as long; it is not "
           "fit for use",
           kMaxGrowth);
    }
  }
}

std::string Normalizer::apply(std::string_view text) const {
  NormalizedText result{std::string(text)};
  apply(result);
  return std::move(result.text);
}

}  // namespace fundi::text
