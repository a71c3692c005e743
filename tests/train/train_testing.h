#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <omp.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "backends/all.h"
#include "base/files.h"
#include "base/json.h"
#include "base/parallel.h"
#include "tests/error_testing.h"
#include "text/bpe_trainer.h"
#include "text/chat.h"
#include "train/train.h"

namespace fundi::train {

// One, where nothing depends on it: for work as small as here, threads that wait for one another
// take longest. OpenMP's own number is what oneDNN goes by.
inline void use_threads(int count) {
  set_thread_count(count);
  omp_set_num_threads(count);
}

// A folder with a tokenizer, and data to train on; removed at the end.
class Workshop {
 public:
  explicit Workshop(const std::string& name)
      : folder_(fs::temp_directory_path() /
                ("fundi_train_" + name + "_" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    make_tokenizer(folder_);
  }
  ~Workshop() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const fs::path& folder() const { return folder_; }
  fs::path write(const std::string& name, const std::string& lines) const {
    write_file_atomic(folder_ / name, lines);
    return folder_ / name;
  }

  // Rows {"text"} of uneven length.
  fs::path texts(int count) const {
    std::string lines;
    for (int i = 0; i < count; ++i) {
      std::string text = "Mkulima " + std::to_string(i) + " analima";
      for (int j = 0; j < i % 7; ++j) text += " mahindi na maharage";
      lines += dump_json({{"text", text}}) + "\n";
    }
    return write("texts.jsonl", lines);
  }
  // Rows {"prompt", "completion"} of uneven length.
  fs::path pairs(int count) const {
    std::string lines;
    for (int i = 0; i < count; ++i) {
      const std::string prompt = "Neno la " + std::to_string(i * i) + "?";
      const std::string completion = " jibu " + std::string(static_cast<size_t>(1 + i % 5), 'x');
      lines += dump_json({{"prompt", prompt}, {"completion", completion}}) + "\n";
    }
    return write("pairs.jsonl", lines);
  }

  // A model of a few thousand weights.
  TrainOptions options(const std::string& objective, const fs::path& data,
                       const std::string& output) const {
    TrainOptions options;
    options.objective = objective;
    options.config = tiny_config();
    options.tokenizer = folder_ / "tokenizer";
    options.data = {data};
    options.output_dir = folder_ / output;
    options.max_length = 64;
    options.learning_rate = 1e-2;
    options.dtype = DType::kF32;
    options.logging_steps = 1;
    return options;
  }

  static Json tiny_config() {
    return {{"hidden_size", 32},        {"intermediate_size", 64},  {"num_hidden_layers", 2},
            {"num_attention_heads", 2}, {"num_key_value_heads", 1}, {"tie_word_embeddings", true}};
  }

 private:
  static void make_tokenizer(const fs::path& folder) {
    text::BpeTrainerOptions options;
    options.special_tokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
    options.vocab_size = 256 + 3 + 20;
    options.chat_template = std::string(text::chatml_template());
    const auto tokenizer = text::train_bpe(
        1, [](int64_t) { return std::string_view("mahindi na maharage mahindi na maharage"); },
        options);
    fs::create_directories(folder / "tokenizer");
    tokenizer->save(folder / "tokenizer");
  }

  fs::path folder_;
};

inline std::vector<Json> read_lines(const fs::path& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

// The metrics without what depends on the clock.
inline std::vector<Json> timeless_metrics(const fs::path& path) {
  std::vector<Json> lines = read_lines(path);
  for (Json& line : lines) line.erase("tokens_per_second");
  return lines;
}

inline std::string weights_of(const fs::path& directory) {
  return read_file(directory / "model.safetensors");
}

inline std::vector<std::string> checkpoints_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("checkpoint-")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace fundi::train
