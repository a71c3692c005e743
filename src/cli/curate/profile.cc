#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/files.h"
#include "base/text.h"
#include "cli/app.h"
#include "cli/curate/curate.h"
#include "curate/flow/corpus.h"
#include "curate/models/learn_profile.h"

namespace fundi::cli {
namespace {

struct ProfileArguments {
  curate::CorpusOptions corpus;
  std::string language, output;
};

// What a setting is without the many counts of the model.
Json readable(const curate::Profile& profile) {
  Json json = profile.to_json();
  json.erase("counts");
  return json;
}

void print_settings(const Json& thresholds) {
  for (const auto& [step, settings] : thresholds.items()) {
    for (const auto& [key, value] : settings.items()) {
      fmt::print("  {:<18}  {:<26}  {}\n", step, key, value.dump());
    }
  }
}

void print_profile(const curate::Profile& profile, const curate::CorpusCounts& counts,
                   const std::string& output) {
  fmt::print("learnt {} from {} documents, {} characters", profile.language,
             format_count(static_cast<int64_t>(profile.documents)),
             format_count(static_cast<int64_t>(profile.characters)));
  if (counts.problems > 0) {
    fmt::print("; {} could not be read, the first: {}", counts.problems, counts.first_problem);
  }
  const auto& [median, sigma, max] = profile.perplexity;
  fmt::print(
      "\n\nperplexity a character, held out: median {:.2f}, sigma {:.3f} bits; at most {:.2f}\n",
      median, sigma, max);
  fmt::print("letters     at least {:.1f}% are of: {}\n", profile.min_letters * 100,
             profile.letters.size() > 400 ? "(many)" : profile.letters);
  fmt::print("stop words  at least {:.1f}% of words are of: {}\n", profile.min_stop_words * 100,
             fmt::join(profile.stop_words, " "));
  if (profile.thresholds.empty()) {
    fmt::print("thresholds  none: {} documents, but not the {} that they take\n", profile.documents,
               curate::ProfileLearner::kLeastDocuments);
  } else {
    fmt::print("thresholds\n");
    print_settings(profile.thresholds);
  }
  fmt::print("\nIn a recipe:  - profile: {{path: {}}}\n", output);
}

void run(const ProfileArguments& arguments) {
  curate::ProfileLearner learner(arguments.language);
  const curate::CorpusCounts counts = curate::read_corpus(
      arguments.corpus,
      [&](curate::Document document) { return learner.add(std::move(document)); });
  const curate::Profile profile = learner.learn();
  write_file_atomic(arguments.output, dump_json_pretty(profile.to_json()));
  if (global_options().json) {
    fmt::print("{}\n", dump_json({{"output", arguments.output},
                                  {"unreadable", counts.problems},
                                  {"profile", readable(profile)}}));
  } else if (!global_options().quiet) {
    print_profile(profile, counts, arguments.output);
  }
}

}  // namespace

void add_profile_command(CLI::App& curate) {
  CLI::App* command = curate.add_subcommand(
      "profile", "Learn what good text of a language looks like, for the step of that name");
  command->footer(
      "Learns limits, stop words, letters and a character model from some hundred good documents.\n"
      "Example: fundi curate profile news/*.tsv --text text --language sw --output "
      "sw.profile.json");
  auto arguments = std::make_shared<ProfileArguments>();
  command->add_option("corpus", arguments->corpus.paths, "Files and folders of good text")
      ->required();
  command->add_option("--language", arguments->language, "Of the texts, BCP 47 (sw, ha-Arab)")
      ->type_name("TAG")
      ->required();
  command->add_option("--output,-o", arguments->output, "The profile")
      ->type_name("FILE")
      ->required();
  command->add_option("--text", arguments->corpus.text, "Columns or keys of the text")
      ->type_name("KEY,...")
      ->delimiter(',');
  command->add_option("--where", arguments->corpus.where, "Only rows that have this")
      ->type_name("KEY=VALUE");
  command->add_option("--format", arguments->corpus.format, "Of the files (default: by extension)")
      ->type_name("NAME");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace fundi::cli
