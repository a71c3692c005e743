#include "models/convert.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "models/directory.h"
#include "models/gguf/load.h"
#include "models/licence.h"

namespace fundi::models {
namespace {

using formats::GgufMetadata;
using formats::GgufValue;

constexpr const char* kDirectory = "hf";
constexpr const char* kGguf = "gguf";
constexpr std::array kFloats{DType::kF32, DType::kF16, DType::kBF16};

// Files that say what a model is and on which terms it may be used go where its weights go.
bool goes_along(const fs::path& path) {
  const std::string name = path.filename().string();
  constexpr auto kBeginnings =
      std::to_array<std::string_view>({"LICENSE", "LICENCE", "COPYING", "NOTICE", "USE_POLICY"});
  return name == "README.md" || std::ranges::any_of(kBeginnings, [&](std::string_view beginning) {
           return name.starts_with(beginning);
         });
}

void copy_documents(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.is_regular_file() && goes_along(entry.path())) {
      write_file_atomic(to / entry.path().filename(), read_file(entry.path()));
    }
  }
}

// general.*: what the input says of itself.
GgufMetadata general_metadata(const fs::path& input) {
  GgufMetadata metadata;
  metadata.set("general.type", GgufValue::string("model"));
  if (is_gguf(input)) {
    const auto file = formats::GgufFile::open(input);
    for (const auto& [key, value] : file.metadata().items()) {
      // Architecture, types and alignment are those of the new file.
      const bool is_own = key == "general.architecture" || key == "general.file_type" ||
                          key == "general.quantization_version" || key == "general.alignment";
      if (key.starts_with("general.") && !is_own) metadata.set(key, value);
    }
    return metadata;
  }
  const fs::path folder = fs::weakly_canonical(input);
  metadata.set("general.name", GgufValue::string(folder.filename().string()));
  if (const auto licence = find_licence(input)) {
    metadata.set("general.license", GgufValue::string(licence->name));
  }
  return metadata;
}

DType directory_dtype(const std::string& type) {
  const auto dtype = dtype_from_name(type);
  if (dtype && std::ranges::find(kFloats, *dtype) != kFloats.end()) return *dtype;
  fail(ErrorCode::kInvalidArgument,
       "directories are written as f32, f16 or bf16, not as '{}'; for block-quantised types use "
       "--to gguf",
       type);
}

bool is_quantised(Model& model) {
  return std::ranges::any_of(model.parameters(), [](const Parameter& parameter) {
    return is_block_quantised(parameter.var.value().dtype());
  });
}

}  // namespace

uint64_t export_bytes(Model& model, const text::Tokenizer* tokenizer, const std::string& format,
                      const std::string& type) {
  if (format == kGguf) {
    return plan_gguf_export(model, tokenizer, gguf_file_type(type), GgufMetadata()).bytes();
  }
  return byte_size(directory_dtype(type), parameter_count(model));
}

std::vector<std::string> types_of_format(const std::string& format) {
  std::vector<std::string> types;
  if (format == kGguf) {
    for (const GgufFileType& type : gguf_file_types()) types.emplace_back(type.name);
  } else {
    for (const DType dtype : kFloats) types.emplace_back(name(dtype));
  }
  return types;
}

std::shared_ptr<const text::Tokenizer> load_tokenizer_if_any(const fs::path& path) {
  if (is_gguf(path)) {
    const auto file = formats::GgufFile::open(path);
    if (!file.metadata().has("tokenizer.ggml.tokens")) return nullptr;
  } else if (!fs::exists(path / "tokenizer.json") && !fs::exists(path / "tokenizer.model")) {
    return nullptr;
  }
  return load_tokenizer(path);
}

Conversion::Conversion(const ConvertOptions& options) : options_(options) {
  if (options_.format != kDirectory && options_.format != kGguf) {
    fail(ErrorCode::kInvalidArgument, "models are written as hf or gguf, not as '{}'",
         options_.format);
  }
  if (fs::exists(options_.output)) {
    fail(ErrorCode::kInvalidArgument, "{}: is there already; choose another name, or remove it",
         options_.output.string());
  }
  model_ = load_model_as_stored(options_.input);
  tokenizer_ = load_tokenizer_if_any(options_.input);
  summary_.family = model_->config().model_type;
  if (is_quantised(*model_)) {
    summary_.notes.emplace_back("the weights were quantised before; what that lost stays lost");
  }
  if (options_.format == kGguf) {
    plan_gguf();
  } else {
    plan_directory();
  }
}

void Conversion::add(DType dtype, uint64_t bytes) {
  ++summary_.tensors;
  summary_.bytes += bytes;
  summary_.bytes_by_type[std::string(name(dtype))] += bytes;
}

void Conversion::plan_gguf() {
  if (tokenizer_ == nullptr) {
    summary_.notes.emplace_back("the model has no tokenizer, so the file has no vocabulary");
  }
  gguf_ = plan_gguf_export(*model_, tokenizer_.get(), gguf_file_type(options_.type),
                           general_metadata(options_.input));
  for (const GgufExport::Item& item : gguf_.tensors) {
    add(item.entry.dtype, byte_size(item.entry.dtype, item.entry.shape.elements()));
  }
}

void Conversion::plan_directory() {
  dtype_ = directory_dtype(options_.type);
  if (tokenizer_ == nullptr) summary_.notes.emplace_back("the model has no tokenizer");
  for (const Parameter& parameter : model_->parameters()) {
    add(dtype_, byte_size(dtype_, parameter.var.value().elements()));
  }
}

void Conversion::run() const {
  if (options_.format == kGguf) return write_gguf(gguf_, options_.output);
  write_directory();
}

void Conversion::write_directory() const {
  AtomicDirectory out(options_.output);
  Progress progress("convert", "bytes", static_cast<int64_t>(summary_.bytes));
  save_model(*model_, out.path(), tokenizer_.get(),
             {.dtype = dtype_, .on_written = [&](uint64_t bytes) {
                progress.advance(static_cast<int64_t>(bytes));
              }});
  if (!is_gguf(options_.input)) copy_documents(options_.input, out.path());
  out.commit();
}

}  // namespace fundi::models
