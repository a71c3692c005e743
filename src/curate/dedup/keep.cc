#include "curate/dedup/keep.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/config.h"
#include "base/error.h"

namespace fundi::curate::dedup {
namespace {

// Ascends as the numbers do; both zeros are one, NaN is below all.
uint64_t ordered_bits(double value) {
  if (std::isnan(value)) return 0;
  const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  constexpr uint64_t kSign = uint64_t{1} << 63;
  return bits & kSign ? ~bits : bits | kSign;
}

}  // namespace

const std::vector<std::string>& keep_names() {
  static const std::vector<std::string> names = {"first", "longest", "shortest", "best_score",
                                                 "source_priority"};
  return names;
}

Keep parse_keep(std::string_view name) {
  const std::vector<std::string>& names = keep_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Keep>(found - names.begin());
  const auto near = closest(name, names);
  fail(ErrorCode::kInvalidArgument, "'{}' is no rule for what is kept; {}", name,
       near ? fmt::format("did you mean '{}'?", *near)
            : fmt::format("there are {}", fmt::join(names, ", ")));
}

uint64_t keep_rank(Keep keep, const KeepFacts& facts) {
  switch (keep) {
    case Keep::kFirst:
      return 0;
    case Keep::kLongest:
      return ~facts.bytes;
    case Keep::kShortest:
      return facts.bytes;
    case Keep::kBestScore:
      return ~ordered_bits(facts.score);
    case Keep::kSourcePriority:
      return facts.priority;
  }
  fail(ErrorCode::kInternal, "no such rule for what is kept");
}

}  // namespace fundi::curate::dedup
