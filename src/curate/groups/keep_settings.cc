#include "curate/groups/keep_settings.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace fundi::curate {

KeepSettings::KeepSettings(const Config& config)
    : keep_(dedup::parse_keep(config.choice("keep", dedup::keep_names(), "first"))),
      score_(config.get<std::string>("score", "score")),
      priority_(config.get<std::vector<std::string>>("priority", {})) {
  if (keep_ == dedup::Keep::kSourcePriority && priority_.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: name the sources, the best first",
         config.where("priority"));
  }
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
