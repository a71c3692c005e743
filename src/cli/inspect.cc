#include "cli/inspect.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "cli/app.h"
#include "models/inspect.h"

namespace fundi::cli {
namespace {

using models::Inspection;

Json to_json(const Inspection& model) {
  Json json = {{"format", model.format},
               {"family", model.config.model_type},
               {"parameters", model.parameters},
               {"active_parameters", model.active_parameters},
               {"layers", model.config.num_hidden_layers},
               {"hidden_size", model.config.hidden_size},
               {"vocabulary", model.config.vocab_size},
               {"context", model.config.max_position_embeddings},
               {"tokenizer", model.tokenizer}};
  json["types"] = Json::array();
  for (const Inspection::TypeShare& share : model.types) {
    json["types"].push_back(
        {{"type", share.type}, {"tensors", share.tensors}, {"bytes", share.bytes}});
  }
  json["licence"] = model.licence
                        ? Json{{"name", model.licence->name}, {"source", model.licence->source}}
                        : Json(nullptr);
  json["memory"] = {{"context", model.context},
                    {"batch", model.batch},
                    {"cache_type", name(model.cache_dtype)},
                    {"weights", model.weight_bytes},
                    {"cache", model.cache_bytes},
                    {"run", model.weight_bytes + model.cache_bytes},
                    {"train", model.training.full},
                    {"train_lora", model.training.lora}};
  json["exports"] = Json::array();
  for (const Inspection::ExportOption& option : model.exports) {
    json["exports"].push_back({{"format", option.format},
                               {"type", option.type},
                               {"possible", option.refusal.empty()},
                               {"bytes", option.bytes},
                               {"reason", option.refusal}});
  }
  return json;
}

void line(std::string_view label, const std::string& text) {
  fmt::print("{:<12}{}\n", label, text);
}

void print_model(const Inspection& model) {
  const models::ModelConfig& config = model.config;
  line("family", config.model_type + " (" + model.format + ")");
  line("parameters",
       format_count(model.parameters) +
           (model.active_parameters == model.parameters
                ? ""
                : fmt::format(", {} of them for a token", format_count(model.active_parameters))));
  line("layers", fmt::format("{} of width {}", config.num_hidden_layers, config.hidden_size));
  line("vocabulary", format_count(config.vocab_size));
  line("tokenizer", model.tokenizer);
  line("context", format_count(config.max_position_embeddings));
  for (const Inspection::TypeShare& share : model.types) {
    line(&share == &model.types.front() ? "stored" : "",
         fmt::format("{:<8}{:>10} in {} tensors", share.type, format_bytes(share.bytes),
                     format_count(share.tensors)));
  }
  line("licence", model.licence ? fmt::format("{} ({})", model.licence->name, model.licence->source)
                                : "none found");
}

void print_memory(const Inspection& model) {
  line("to run", fmt::format("{}: weights {}, and {} for {} tokens in {}",
                             format_bytes(model.weight_bytes + model.cache_bytes),
                             format_bytes(model.weight_bytes), format_bytes(model.cache_bytes),
                             format_count(model.context), name(model.cache_dtype)));
  line("to train",
       fmt::format("{} all weights, {} LoRA of rank {}, at {} x {} tokens",
                   format_bytes(model.training.full), format_bytes(model.training.lora),
                   models::kLoraRank, format_count(model.batch), format_count(model.context)));
}

// Types that are refused for one reason share a line.
void print_exports(const Inspection& model) {
  for (const Inspection::ExportOption& option : model.exports) {
    if (!option.refusal.empty()) continue;
    line("export",
         fmt::format("{:<5}{:<8}{:>10}", option.format, option.type, format_bytes(option.bytes)));
  }
  std::string last;
  for (const Inspection::ExportOption& option : model.exports) {
    if (option.refusal.empty() || option.refusal == last) continue;
    last = option.refusal;
    line("no export", fmt::format("{}: {}", option.format, option.refusal));
  }
}

void inspect(const models::InspectOptions& options) {
  const Inspection model = models::inspect_model(options);
  if (global_options().json) {
    fmt::print("{}\n", dump_json(to_json(model)));
    return;
  }
  print_model(model);
  print_memory(model);
  print_exports(model);
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("inspect", "Say what a model is, needs and can become");
  command->footer("Example: fundi inspect models/swahili --context 4096 --batch 4");
  auto options = std::make_shared<models::InspectOptions>();
  command->add_option("model", options->path, "Model directory or GGUF file")->required();
  command
      ->add_option("--context", options->context,
                   "Tokens of a sequence, for the memory needed (default: the model's context)")
      ->type_name("N");
  command->add_option("--batch", options->batch, "Sequences in training, for the memory needed")
      ->type_name("N")
      ->capture_default_str();
  command->callback([options] { inspect(*options); });
}

}  // namespace fundi::cli
