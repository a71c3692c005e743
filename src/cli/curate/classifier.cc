#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "cli/app.h"
#include "cli/curate/curate.h"
#include "curate/flow/corpus.h"
#include "curate/models/train_classifier.h"

namespace fundi::cli {
namespace {

struct ClassifierArguments {
  curate::CorpusOptions good, bad;
  std::vector<std::string> text;
  std::string format, output;
  curate::TrainClassifierOptions options;
};

struct Texts {
  std::vector<std::string> texts;
  curate::CorpusCounts counts;
};

Texts read(curate::CorpusOptions corpus, const ClassifierArguments& arguments) {
  corpus.text = arguments.text;
  corpus.format = arguments.format;
  Texts read;
  read.counts = curate::read_corpus(corpus, [&](curate::Document document) {
    read.texts.push_back(std::move(document.text));
    return true;
  });
  return read;
}

void print_result(const curate::TrainedClassifier& trained, const std::string& output,
                  size_t bytes) {
  const curate::ClassifierQuality& quality = trained.quality;
  fmt::print("trained on {} texts, calibrated with {}; left out: {} repeated, {} in both\n",
             trained.trained, trained.calibrated, trained.repeated, trained.in_both);
  fmt::print("held out: {} good, {} bad\n", quality.good, quality.bad);
  fmt::print("  precision {:.3f}  recall {:.3f}  F1 {:.3f}  (at a score of 0.5)\n",
             quality.precision, quality.recall, quality.f1);
  fmt::print("  AUC {:.4f}\n", quality.auc);
  if (quality.threshold_90 > 1) {
    fmt::print("  no score has a precision of 0.9\n");
  } else {
    fmt::print("  precision 0.9 from a score of {:.4f} on, with recall {:.3f}\n",
               quality.threshold_90, quality.recall_90);
  }
  fmt::print("{} ({})\nIn a recipe:  - classifier: {{path: {}, min_score: {:.2f}}}\n", output,
             format_bytes(bytes), output, quality.threshold_90 > 1 ? 0.5 : quality.threshold_90);
}

void run(const ClassifierArguments& arguments) {
  const Texts good = read(arguments.good, arguments), bad = read(arguments.bad, arguments);
  const curate::TrainedClassifier trained =
      curate::train_classifier(good.texts, bad.texts, arguments.options);
  const std::string bytes = trained.classifier.to_bytes();
  write_file_atomic(arguments.output, bytes);
  if (global_options().json) {
    fmt::print("{}\n", dump_json({{"output", arguments.output},
                                  {"bytes", bytes.size()},
                                  {"trained", trained.trained},
                                  {"calibrated", trained.calibrated},
                                  {"repeated", trained.repeated},
                                  {"in_both", trained.in_both},
                                  {"unreadable", good.counts.problems + bad.counts.problems},
                                  {"held_out", trained.quality.to_json()}}));
  } else if (!global_options().quiet) {
    print_result(trained, arguments.output, bytes.size());
  }
}

}  // namespace

void add_classifier_command(CLI::App& curate) {
  CLI::App* command = curate.add_subcommand(
      "classifier", "Train a fast classifier of good and bad texts, for the step of that name");
  command->footer(
      "Quality, a domain, toxicity: whatever two heaps of examples show.\n"
      "Example: fundi curate classifier --good farming/ --bad web.jsonl --output farming.bin");
  auto arguments = std::make_shared<ClassifierArguments>();
  curate::TrainClassifierOptions& options = arguments->options;
  command->add_option("--good", arguments->good.paths, "Files and folders of wanted texts")
      ->type_name("PATH...")
      ->required();
  command->add_option("--bad", arguments->bad.paths, "Files and folders of other texts")
      ->type_name("PATH...")
      ->required();
  command->add_option("--output,-o", arguments->output, "The classifier")
      ->type_name("FILE")
      ->required();
  command->add_option("--text", arguments->text, "Columns or keys of the text")
      ->type_name("KEY,...")
      ->delimiter(',');
  command->add_option("--good-where", arguments->good.where, "Only good rows that have this")
      ->type_name("KEY=VALUE");
  command->add_option("--bad-where", arguments->bad.where, "Only bad rows that have this")
      ->type_name("KEY=VALUE");
  command->add_option("--format", arguments->format, "Of the files (default: by extension)")
      ->type_name("NAME");
  command->add_option("--bits", options.bits, "2^N buckets, 2 bytes each (default: 20)")
      ->check(CLI::Range(curate::Classifier::kLeastBits, curate::Classifier::kMostBits))
      ->type_name("N");
  command->add_option("--epochs", options.epochs, "Times that each text is seen (default: 6)")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  command->add_option("--rate", options.rate, "Of learning (default: 0.1)")
      ->check(CLI::PositiveNumber)
      ->type_name("X");
  command->add_option("--l2", options.l2, "Weight of the squared weights (default: 1e-6)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("X");
  command->add_option("--seed", options.seed, "Of the order of the texts (default: 0)")
      ->type_name("N");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace fundi::cli
