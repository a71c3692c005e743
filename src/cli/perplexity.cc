#include "cli/perplexity.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/app.h"
#include "data/jsonl.h"
#include "evals/perplexity.h"
#include "models/loaded_model.h"

namespace fundi::cli {
namespace {

struct PerplexityArguments {
  std::string model;
  std::vector<std::filesystem::path> files;
  evals::PerplexityOptions options;
};

void add_documents(const std::filesystem::path& file, evals::Perplexity& perplexity,
                   Progress& progress) {
  const auto add = [&](const std::string& document) {
    perplexity.add(document);
    progress.advance(static_cast<int64_t>(document.size()));
  };
  if (file.extension() != ".jsonl") return add(read_file(file));
  data::JsonlReader reader(file);
  for (data::JsonlRow row; reader.next(row);) {
    add(data::require_string(row.json, "text", reader.where()));
  }
}

void run(const PerplexityArguments& arguments) {
  arguments.options.validate();
  const models::LoadedModel loaded = models::load_with_tokenizer(arguments.model);
  evals::Perplexity perplexity(*loaded.model, *loaded.tokenizer, arguments.options);
  {
    Progress progress("perplexity", "bytes", 0);
    for (const auto& file : arguments.files) add_documents(file, perplexity, progress);
  }
  const evals::PerplexityResult result = perplexity.result();
  if (global_options().json) {
    fmt::print("{}\n", dump_json(result.to_json()));
    return;
  }
  fmt::print("perplexity     {:.4f}\nbits per byte  {:.4f}\n", result.perplexity(),
             result.bits_per_byte());
  fmt::print("of             {} tokens, {} documents\n", format_count(result.tokens),
             format_count(result.documents));
}

}  // namespace

void add_perplexity_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("perplexity", "How well a model predicts texts");
  command->footer("Example: fundi perplexity models/swahili news.jsonl --context 512");
  auto arguments = std::make_shared<PerplexityArguments>();
  evals::PerplexityOptions& options = arguments->options;
  command->add_option("model", arguments->model, "Model directory or GGUF file")->required();
  command
      ->add_option("files", arguments->files, "JSONL rows with text, or text files, each one text")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--context", options.context, "Tokens of a window")->capture_default_str();
  command->add_option("--stride", options.stride,
                      "Tokens from a window to the next (default: half the context)");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace fundi::cli
