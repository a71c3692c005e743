// tokenizer: trains a byte-level BPE tokenizer.
//
//   data: [${rows.pretrain}, ${rows.sft}]   # JSONL
//   fields: [text, prompt, completion]      # the texts of a row; those present are used
//   vocab_size: 4096
//   min_frequency: 2
//   pre_tokenizer: llama3                   # or gpt2
//   chat: true                              # ChatML: turns marked <|im_start|>, <|im_end|>
#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/stages/all.h"
#include "cli/stages/common.h"
#include "data/jsonl.h"
#include "text/bpe_trainer.h"
#include "text/chat.h"

namespace fundi::cli {
namespace {

struct Settings {
  std::vector<fs::path> data;
  std::vector<std::string> fields;
  text::BpeTrainerOptions options;
};

Settings parse(const recipe::StageSettings& settings) {
  const Config& with = settings.with;
  Settings out;
  out.data = path_list(settings, "data");
  out.fields =
      with.get<std::vector<std::string>>("fields", {"text", "prompt", "completion", "content"});
  out.options.vocab_size = with.get<int>("vocab_size", out.options.vocab_size);
  out.options.min_frequency = with.get<int64_t>("min_frequency", out.options.min_frequency);
  out.options.pre_tokenizer =
      with.choice("pre_tokenizer", {"llama3", "gpt2"}, out.options.pre_tokenizer);
  out.options.pad_token = out.options.eos_token;
  if (with.get<bool>("chat", true)) {
    out.options.special_tokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
    out.options.chat_template = std::string(text::chatml_template());
  }
  with.finish();
  return out;
}

std::vector<std::string> read_texts(const Settings& settings) {
  std::vector<std::string> texts;
  for (const fs::path& path : settings.data) {
    data::JsonlReader reader(path);
    for (data::JsonlRow row; reader.next(row);) {
      for (const std::string& field : settings.fields) {
        std::string text = data::optional_string(row.json, field, reader.where());
        if (!text.empty()) texts.push_back(std::move(text));
      }
      if (!row.json.contains("messages")) continue;
      for (const Json& message : row.json["messages"]) {
        texts.push_back(data::require_string(message, "content", reader.where()));
      }
    }
  }
  if (texts.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: no row has any of the fields {}",
         settings.data.front().string(), fmt::join(settings.fields, ", "));
  }
  return texts;
}

Json run(const recipe::StageContext& context) {
  const Settings settings = parse(context.settings);
  const std::vector<std::string> texts = read_texts(settings);
  uint64_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  const auto tokenizer = text::train_bpe(
      static_cast<int64_t>(texts.size()),
      [&](int64_t i) { return std::string_view(texts[static_cast<size_t>(i)]); }, settings.options);
  AtomicDirectory out(context.folder / "tokenizer");
  tokenizer->save(out.path());
  out.commit();

  // How well it packs, on some of its own texts.
  uint64_t sample_bytes = 0, sample_tokens = 0;
  const size_t stride = std::max<size_t>(1, texts.size() / 1000);
  for (size_t i = 0; i < texts.size(); i += stride) {
    sample_bytes += texts[i].size();
    sample_tokens += tokenizer->encode(texts[i]).size();
  }
  const double ratio =
      static_cast<double>(sample_bytes) / static_cast<double>(std::max<uint64_t>(1, sample_tokens));
  return {{"headline", fmt::format("{} tokens, {:.2f} bytes each",
                                   format_count(tokenizer->vocab_size()), ratio)},
          {"vocab_size", tokenizer->vocab_size()},
          {"bytes_per_token", ratio},
          {"texts", texts.size()},
          {"bytes", bytes}};
}

}  // namespace

recipe::StageKind tokenizer_stage() {
  recipe::StageKind kind{.name = "tokenizer",
                         .description = "Train a byte-level BPE tokenizer on JSONL texts"};
  kind.plan = [](const recipe::StageSettings& settings) {
    return recipe::StagePlan{parse(settings).data, {{"tokenizer", "tokenizer"}}};
  };
  kind.run = run;
  return kind;
}

}  // namespace fundi::cli
