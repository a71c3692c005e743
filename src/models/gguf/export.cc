#include "models/gguf/export.h"

#include <map>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "models/gguf/config.h"
#include "models/gguf/families.h"
#include "models/gguf/heads.h"
#include "models/gguf/layouts.h"
#include "models/gguf/rope.h"
#include "models/gguf/tokenizer.h"

namespace fundi::models {
namespace {

using formats::GgufMetadata;
using formats::GgufValue;
using Kind = GgufLayout::Kind;

constexpr uint32_t kQuantisationVersion = 2;

// Puts the tensors of a file together from a model's parameters.
class TensorPlan {
 public:
  TensorPlan(Model& model, const Json& config, const GgufFileType& type)
      : model_(model),
        config_(config),
        family_(gguf_family_of_model(config.at("model_type").get<std::string>())),
        type_(type) {}

  std::vector<GgufExport::Item> run() {
    if (family_.rope_divisors) add_rope_divisors();
    for (const Parameter& parameter : model_.parameters()) add(parameter);
    return std::move(items_);
  }

 private:
  void add_rope_divisors() {
    const Tensor divisors = gguf_rope_divisors(config_, head_dim_of(config_));
    if (!divisors.defined()) return;
    push("rope_freqs.weight", DType::kF32, divisors.shape(), [divisors] { return divisors; });
  }

  void add(const Parameter& parameter) {
    const auto name = gguf_tensor_name(parameter.name, family_.norms);
    if (!name) refuse_gguf(fmt::format("no tensor is known for '{}'", parameter.name));
    const Tensor& value = parameter.var.value();
    if (name->expert) return add_expert(*name, value);
    const GgufLayout layout =
        family_.layout == nullptr ? GgufLayout{} : family_.layout(config_, parameter.name);
    switch (layout.kind) {
      case Kind::kSame:
        return add(name->name, value.shape(), [value](DType dtype) { return value.as(dtype); });
      case Kind::kInterleaved:
        return add(name->name, value.shape(), [value, heads = layout.heads](DType dtype) {
          return interleave_rows(value, heads).as(dtype);
        });
      case Kind::kPlusOne:
        return add(name->name, value.shape(),
                   [value](DType dtype) { return plus_one(value).as(dtype); });
      case Kind::kSplitKv:
        return add_latent_kv(name->name, value, layout.heads);
    }
  }

  void add_latent_kv(const std::string& name, const Tensor& value, int64_t heads) {
    const auto keys = config_.at("qk_nope_head_dim").get<int64_t>();
    const auto values = config_.at("v_head_dim").get<int64_t>();
    const int64_t rank = value.dim(1);
    const std::string block = name.substr(0, name.rfind("attn_kv_b"));
    // Blocks of a row do not survive being transposed.
    const auto whole = [value] {
      return is_block_quantised(value.dtype()) ? value.to_f32() : value;
    };
    add(block + "attn_k_b.weight", {heads, rank, keys},
        [=](DType dtype) { return key_part(whole(), heads, keys).as(dtype); });
    add(block + "attn_v_b.weight", {heads, values, rank},
        [=](DType dtype) { return value_part(whole(), heads, keys).as(dtype); });
  }

  // Experts of one layer and kind become one tensor, at the place of the first.
  void add_expert(const GgufTensorName& name, const Tensor& value) {
    const auto [entry, is_new] =
        experts_.try_emplace(name.name, std::make_shared<std::vector<Tensor>>());
    const auto& members = entry->second;
    if (*name.expert != static_cast<int64_t>(members->size())) {
      fail(ErrorCode::kInternal, "experts of '{}' come out of order", name.name);
    }
    members->push_back(value);
    if (!is_new) return;
    Shape shape{config_.at(family_.expert_count_key).get<int64_t>()};
    for (const int64_t dim : value.shape()) shape.push_back(dim);
    add(name.name, shape, [members, shape](DType dtype) {
      Tensor stacked(shape, dtype);
      for (size_t e = 0; e < members->size(); ++e) {
        const Tensor& expert = (*members)[e];
        convert_elements(expert.raw(), expert.dtype(),
                         stacked.rows(static_cast<int64_t>(e), 1).raw(), dtype, expert.elements());
      }
      return stacked;
    });
  }

  void add(const std::string& name, const Shape& shape, std::function<Tensor(DType)> make) {
    GgufTensorPlace place{.name = name,
                          .shape = shape,
                          .layers = config_.at("num_hidden_layers").get<int64_t>(),
                          .tied = config_.at("tie_word_embeddings").get<bool>()};
    if (name.starts_with("blk.")) place.layer = std::stoll(name.substr(4));
    const DType dtype = gguf_dtype(type_, place);
    push(name, dtype, shape, [make = std::move(make), dtype] { return make(dtype); });
  }

  void push(const std::string& name, DType dtype, const Shape& shape,
            std::function<Tensor()> make) {
    GgufExport::Item item;
    item.entry.name = name;
    item.entry.dtype = dtype;
    item.entry.shape = shape;
    item.make = std::move(make);
    items_.push_back(std::move(item));
  }

  Model& model_;
  const Json& config_;
  const GgufFamily& family_;
  const GgufFileType& type_;
  std::vector<GgufExport::Item> items_;
  std::map<std::string, std::shared_ptr<std::vector<Tensor>>> experts_;
};

}  // namespace

uint64_t GgufExport::bytes() const {
  uint64_t sum = 0;
  for (const Item& item : tensors) {
    sum += byte_size(item.entry.dtype, item.entry.shape.elements());
  }
  return sum;
}

GgufExport plan_gguf_export(Model& model, const text::Tokenizer* tokenizer,
                            const GgufFileType& type, const GgufMetadata& metadata) {
  const Json config = model.config().to_json("float32");
  GgufExport plan;
  config_to_gguf(config, plan.metadata);
  for (const auto& [key, value] : metadata.items()) plan.metadata.set(key, value);
  plan.metadata.set("general.file_type", GgufValue::u32(type.number));
  plan.metadata.set("general.quantization_version", GgufValue::u32(kQuantisationVersion));
  if (tokenizer != nullptr) {
    vocabulary_to_gguf(tokenizer->gguf_vocabulary(), model.config().vocab_size, plan.metadata);
  } else {
    plan.metadata.set("tokenizer.ggml.model", GgufValue::string("no_vocab"));
  }
  plan.tensors = TensorPlan(model, config, type).run();
  return plan;
}

void write_gguf(const GgufExport& plan, const fs::path& path) {
  std::vector<formats::GgufEntry> entries;
  for (const GgufExport::Item& item : plan.tensors) entries.push_back(item.entry);
  formats::GgufWriter writer(path, plan.metadata, std::move(entries));
  Progress progress("convert", "bytes", static_cast<int64_t>(plan.bytes()));
  for (const GgufExport::Item& item : plan.tensors) {
    progress.note(item.entry.name);
    const Tensor tensor = item.make();
    writer.write(tensor);
    progress.advance(static_cast<int64_t>(tensor.bytes()));
  }
  writer.commit();
}

}  // namespace fundi::models
