#include "curate/groups/keep_settings.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace fundi::curate {

KeepSettings::KeepSettings(const Config& config, const StepContext& context)
    : keep_(dedup::parse_keep(config.choice("keep", dedup::keep_names(), "first"))),
      score_(config.get<std::string>("score", "score")),
      priority_(config.get<std::vector<std::string>>("priority", {})) {
  check_used(config, "score", dedup::Keep::kBestScore);
  check_used(config, "priority", dedup::Keep::kSourcePriority);
  if (score_.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: name the key of meta that holds the score",
         config.where("score"));
  }
  if (keep_ == dedup::Keep::kSourcePriority && priority_.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: name the sources, the best first",
         config.where("priority"));
  }
  for (auto name = priority_.begin(); name != priority_.end(); ++name) {
    if (std::find(priority_.begin(), name, *name) != name) {
      fail(ErrorCode::kInvalidArgument, "{}: '{}' stands twice", config.where("priority"), *name);
    }
    if (context.sources.empty() || std::ranges::count(context.sources, *name) > 0) continue;
    const auto near = closest(*name, context.sources);
    fail(ErrorCode::kInvalidArgument, "{}: no source '{}'{}", config.where("priority"), *name,
         near ? fmt::format("; did you mean '{}'?", *near) : "");
  }
}

void KeepSettings::check_used(const Config& config, std::string_view key, dedup::Keep by) const {
  if (!config.has(key) || keep_ == by) return;
  fail(ErrorCode::kInvalidArgument, "{}: is for keep: {}", config.where(key),
       dedup::keep_names()[static_cast<size_t>(by)]);
}

uint64_t KeepSettings::rank(const Document& document) const {
  const auto score = document.meta.find(score_);
  const auto place = std::find(priority_.begin(), priority_.end(), document.source);
  return dedup::keep_rank(
      keep_,
      {.bytes = document.text.size(),
       .score =
           score != document.meta.end() && score->is_number() ? score->get<double>() : std::nan(""),
       .priority = place == priority_.end() ? UINT32_MAX
                                            : static_cast<uint32_t>(place - priority_.begin())});
}

}  // namespace fundi::curate
