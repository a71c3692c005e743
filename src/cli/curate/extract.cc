#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "cli/app.h"
#include "cli/curate/curate.h"
#include "curate/extract/isolated.h"
#include "curate/readers/reader.h"

namespace fundi::cli {
namespace {

void extract(const std::string& path, bool all) {
  const curate::ReaderKind* kind = curate::reader_for(path);
  const auto type = kind != nullptr ? kind->type : curate::ContentType::kText;
  curate::IsolatedExtractor extractor;
  Result<curate::Extracted> result =
      extractor.extract(read_file(path), type, "", {.main_content = !all});
  if (!result.ok()) {
    fail(result.error().code(), "{}: {}", path, result.error().what());
  }
  const curate::Extracted& text = result.value();
  if (!global_options().json) return fmt::print("{}\n", text.text);
  fmt::print("{}\n", dump_json(Json{
                         {"title", text.title}, {"language", text.language}, {"text", text.text}}));
}

}  // namespace

void add_extract_command(CLI::App& curate) {
  CLI::App* command = curate.add_subcommand("extract", "Print the text of one document");
  command->footer("Example: fundi curate extract page.html");
  auto path = std::make_shared<std::string>();
  auto all = std::make_shared<bool>(false);
  command->add_option("file", *path, "HTML, PDF, DOCX, ODT, EPUB, Markdown or text")->required();
  command->add_flag("--all", *all, "HTML: everything, not the main content alone");
  command->callback([path, all] { extract(*path, *all); });
}

void add_extract_server(CLI::App& app) {
  CLI::App* command = app.add_subcommand("curate-extract", "")->group("");
  command->callback([] {
    if (const int status = curate::serve_extraction(0, 1); status != 0) {
      fail(ErrorCode::kInternal, "extraction ended with status {}", status);
    }
  });
}

}  // namespace fundi::cli
