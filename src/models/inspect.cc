#include "models/inspect.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "formats/safetensors.h"
#include "models/convert.h"
#include "models/directory.h"
#include "models/gguf/load.h"

namespace fundi::models {
namespace {

template <typename File>
std::vector<Inspection::TypeShare> shares_of(const File& file) {
  std::map<std::string_view, Inspection::TypeShare> by_type;
  for (const std::string& name : file.names()) {
    const Tensor tensor = file.tensor(name);
    Inspection::TypeShare& share = by_type[fundi::name(tensor.dtype())];
    ++share.tensors;
    share.bytes += tensor.bytes();
  }
  std::vector<Inspection::TypeShare> shares;
  for (auto& [type, share] : by_type) {
    share.type = type;
    shares.push_back(share);
  }
  std::ranges::stable_sort(shares, std::greater(), &Inspection::TypeShare::bytes);
  return shares;
}

// Of the experts of a layer, as many work on a token as it is routed to.
int64_t active_count(Model& model) {
  const MoeConfig& moe = model.config().moe;
  int64_t shared = 0, experts = 0;
  for (const Parameter& parameter : model.parameters()) {
    const bool is_expert = parameter.name.find(".experts.") != std::string::npos;
    (is_expert ? experts : shared) += parameter.var.value().elements();
  }
  return moe.num_experts == 0 ? shared
                              : shared + experts / moe.num_experts * moe.num_experts_per_tok;
}

// The tokenizer of a model, or why it cannot be read.
struct TokenizerState {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  std::string problem;

  explicit TokenizerState(const fs::path& path) {
    try {
      tokenizer = load_tokenizer_if_any(path);
    } catch (const Error& error) {
      problem = error.what();
    }
  }
  std::string describe() const {
    if (!problem.empty()) return problem;
    return tokenizer == nullptr ? "none" : format_count(tokenizer->vocab_size()) + " tokens";
  }
};

Inspection::ExportOption try_export(Model& model, const TokenizerState& state,
                                    const std::string& format, const std::string& type) {
  Inspection::ExportOption option{
      .format = format, .type = type, .bytes = 0, .refusal = state.problem};
  if (!option.refusal.empty()) return option;
  try {
    option.bytes = export_bytes(model, state.tokenizer.get(), format, type);
  } catch (const Error& error) {
    option.refusal = error.what();
  }
  return option;
}

}  // namespace

Inspection inspect_model(const InspectOptions& options) {
  if (options.context < 0 || options.batch < 1) {
    fail(ErrorCode::kInvalidArgument, "--context must not be negative, --batch at least 1");
  }
  const fs::path& path = options.path;
  const auto model = load_model_as_stored(path);
  Inspection result;
  result.config = model->config();
  result.format = is_gguf(path) ? "gguf" : "hf";
  result.types = is_gguf(path) ? shares_of(formats::GgufFile::open(path))
                               : shares_of(formats::SafetensorsModel::open(path));
  result.licence =
      is_gguf(path) ? find_licence(formats::GgufFile::open(path).metadata()) : find_licence(path);
  result.parameters = parameter_count(*model);
  result.active_parameters = active_count(*model);
  const TokenizerState tokenizer(path);
  result.tokenizer = tokenizer.describe();
  result.context = options.context > 0 ? options.context : model->config().max_position_embeddings;
  result.batch = options.batch;
  constexpr int64_t kMaxTokens = int64_t{1} << 40;
  if (result.context > kMaxTokens / result.batch) {
    fail(ErrorCode::kInvalidArgument, "--context times --batch must be at most 2^40 tokens");
  }
  result.cache_dtype = default_cache_dtype(*model);
  result.weight_bytes = weight_bytes(*model);
  result.cache_bytes = cache_bytes(*model, result.cache_dtype, result.context);
  result.training = training_memory(*model, result.context * result.batch);
  for (const char* format : {"hf", "gguf"}) {
    for (const std::string& type : types_of_format(format)) {
      result.exports.push_back(try_export(*model, tokenizer, format, type));
    }
  }
  return result;
}

}  // namespace fundi::models
