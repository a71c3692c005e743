#include "curate/models/profile.h"

#include <cmath>

#include "base/error.h"
#include "curate/language/tag.h"
#include "text/base64.h"

namespace fundi::curate {
namespace {

constexpr int64_t kVersion = 1;

double number(const Config& config, std::string_view key, double least, double greatest) {
  const auto value = config.get<double>(key);
  if (!(value >= least && value <= greatest)) {
    fail(ErrorCode::kInvalidArgument, "{}: must be from {} to {}", config.where(key), least,
         greatest);
  }
  return value;
}

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

}  // namespace

Json Profile::to_json() const {
  return {{"fundi_profile", kVersion},
          {"language", language},
          {"documents", documents},
          {"characters", characters},
          {"thresholds", thresholds},
          {"stop_words", {{"words", stop_words}, {"min_share", rounded(min_stop_words)}}},
          {"letters", {{"letters", letters}, {"min_share", rounded(min_letters)}}},
          {"perplexity",
           {{"median", rounded(perplexity.median)},
            {"sigma_bits", rounded(perplexity.sigma)},
            {"max", rounded(perplexity.max)}}},
          {"counts", text::encode_base64(counts.pack())}};
}

Profile Profile::from_json(Json json, const std::string& origin) {
  if (!json.is_object() || !json.contains("fundi_profile")) {
    fail(ErrorCode::kCorruptData, "{}: is no profile; make one by fundi curate profile", origin);
  }
  const Config config(std::move(json), origin);
  if (const auto version = config.get<int64_t>("fundi_profile"); version != kVersion) {
    fail(ErrorCode::kUnsupported, "{}: profile version {}; this fundi reads {}", origin, version,
         kVersion);
  }
  Profile profile;
  profile.language = language_tag(config.get<std::string>("language"));
  profile.documents = static_cast<uint64_t>(config.get<int64_t>("documents", 0));
  profile.characters = static_cast<uint64_t>(config.get<int64_t>("characters", 0));
  const Config thresholds = config.child("thresholds");
  profile.thresholds = thresholds.json();
  const Config words = config.child("stop_words");
  profile.stop_words = words.get<std::vector<std::string>>("words", {});
  profile.min_stop_words = number(words, "min_share", 0, 1);
  words.finish();
  const Config letters = config.child("letters");
  profile.letters = letters.get<std::string>("letters");
  profile.min_letters = number(letters, "min_share", 0, 1);
  letters.finish();
  const Config perplexity = config.child("perplexity");
  profile.perplexity.median = number(perplexity, "median", 1, 1e9);
  profile.perplexity.sigma = number(perplexity, "sigma_bits", 0, 100);
  profile.perplexity.max = number(perplexity, "max", 1, 1e9);
  perplexity.finish();
  const auto counts = text::decode_base64(config.get<std::string>("counts"));
  if (!counts) fail(ErrorCode::kCorruptData, "{}: is damaged: no base64", config.where("counts"));
  profile.counts = CharCounts::unpack(*counts, config.where("counts"));
  config.finish();
  return profile;
}

}  // namespace fundi::curate
