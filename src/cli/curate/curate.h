#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// fundi curate RECIPE [KEY=VALUE...]: sources to a clean corpus with its data card. Ends with a
// funnel, or with --json one object: output, card, documents, bytes, seconds, tasks, given_up.
// Below it, a file each: classifier, explain, extract, judge (and words), profile.
void add_curate_command(CLI::App& app);

void add_classifier_command(CLI::App& curate);
void add_explain_command(CLI::App& curate);
void add_extract_command(CLI::App& curate);
void add_judge_command(CLI::App& curate);
void add_profile_command(CLI::App& curate);
void add_words_command(CLI::App& curate);
// curate-extract, hidden: the process that extraction runs in (curate/extract/isolated.h).
void add_extract_server(CLI::App& app);

}  // namespace fundi::cli
