#include "cli/convert.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "cli/app.h"
#include "models/convert.h"

namespace fundi::cli {
namespace {

struct ConvertArguments {
  models::ConvertOptions options;
  bool dry_run = false;
};

Json summary_json(const ConvertArguments& arguments, const models::Conversion::Summary& summary) {
  return Json{{"output", arguments.options.output.string()},
              {"written", !arguments.dry_run},
              {"family", summary.family},
              {"tensors", summary.tensors},
              {"bytes", summary.bytes},
              {"bytes_by_type", summary.bytes_by_type},
              {"notes", summary.notes}};
}

void print_summary(const ConvertArguments& arguments, const models::Conversion::Summary& summary) {
  fmt::print("{} {} ({}, {} tensors, {})\n", arguments.dry_run ? "would write" : "wrote",
             arguments.options.output.string(), summary.family, format_count(summary.tensors),
             format_bytes(summary.bytes));
  for (const auto& [type, bytes] : summary.bytes_by_type) {
    fmt::print("  {:<6}{:>12}\n", type, format_bytes(bytes));
  }
  for (const std::string& note : summary.notes) fmt::print("note: {}\n", note);
}

void convert(const ConvertArguments& arguments) {
  const models::Conversion conversion(arguments.options);
  if (!arguments.dry_run) conversion.run();
  if (global_options().json) {
    fmt::print("{}\n", dump_json(summary_json(arguments, conversion.summary())));
  } else if (!global_options().quiet) {
    print_summary(arguments, conversion.summary());
  }
}

}  // namespace

void add_convert_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("convert", "Write a model in another format or type");
  command->footer("Example: fundi convert models/swahili swahili.gguf --to gguf --type q4_k_m");
  auto arguments = std::make_shared<ConvertArguments>();
  models::ConvertOptions& options = arguments->options;
  command->add_option("input", options.input, "Model directory or GGUF file")->required();
  command->add_option("output", options.output, "Directory or file to write; must not exist")
      ->required();
  command->add_option("--to", options.format, "hf (a Hugging Face directory) or gguf")
      ->required()
      ->type_name("FORMAT");
  command
      ->add_option("--type", options.type,
                   "hf: f32, f16, bf16; gguf: also q8_0, q4_0, q4_k, q6_k, q4_k_m")
      ->required()
      ->type_name("TYPE");
  command->add_flag("--dry-run", arguments->dry_run, "Say what would be written, write nothing");
  command->callback([arguments] { convert(*arguments); });
}

}  // namespace fundi::cli
