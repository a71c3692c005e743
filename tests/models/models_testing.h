#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "backends/all.h"
#include "base/error.h"
#include "formats/safetensors.h"
#include "models/directory.h"
#include "ops/optimizer.h"
#include "ops/tape.h"

namespace fundi::models {

namespace fs = std::filesystem;

// The checkpoints in data/, made by make_fixtures.py.
inline constexpr std::array kCases{"deepseek_v2",
                                   "deepseek_v2_groups",
                                   "deepseek_v3",
                                   "deepseek_v3_half",
                                   "deepseek_v3_fp8",
                                   "untied",
                                   "tied",
                                   "bias",
                                   "llama3",
                                   "linear",
                                   "yarn",
                                   "dynamic",
                                   "gemma2",
                                   "gemma3",
                                   "gemma3_vision",
                                   "mistral",
                                   "qwen2",
                                   "qwen3",
                                   "qwen3_moe",
                                   "qwen3_moe_step"};

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

// max |a - b| / max |b|
inline double relative_error(const Tensor& a, const Tensor& b) {
  const Tensor x = a.to_f32(), y = b.to_f32();
  EXPECT_EQ(x.elements(), y.elements());
  double worst = 0, size = 1e-30;
  for (int64_t i = 0; i < std::min(x.elements(), y.elements()); ++i) {
    const double difference = std::abs(double(x.data<float>()[i]) - y.data<float>()[i]);
    worst = difference > worst || std::isnan(difference) ? difference : worst;
    size = std::max(size, std::abs(double(y.data<float>()[i])));
  }
  return worst / size;
}

// The code and message of the Error that `call` throws.
template <typename Call>
Error error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(ErrorCode::kInternal, "");
}

// Expects an Error of `code` whose message has `part`.
template <typename Call>
void expect_error(ErrorCode code, const std::string& part, const Call& call) {
  const Error error = error_of(call);
  EXPECT_EQ(int(error.code()), int(code)) << error.what();
  EXPECT_THAT(error.what(), testing::HasSubstr(part));
}

class ModelsTest : public testing::Test {
 protected:
  void SetUp() override {
    backends::install_all();
    folder_ = fs::temp_directory_path() / ("fundi_models_test_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static fs::path case_folder(const std::string& name) { return fs::path(FUNDI_TEST_DATA) / name; }
  static formats::SafetensorsFile expected_of(const std::string& name) {
    return formats::SafetensorsFile::open(case_folder(name) / "expected.safetensors");
  }
  static std::vector<int32_t> ids_of(const Tensor& tensor) {
    const auto span = tensor.span<int32_t>();
    return {span.begin(), span.end()};
  }
  // Logits of every position of `documents` packed in one batch, [N,V].
  Tensor logits(Model& model, const std::vector<std::vector<int32_t>>& documents) {
    std::vector<std::span<const int32_t>> spans(documents.begin(), documents.end());
    return logits(model, Batch::of_documents(spans));
  }
  Tensor logits(Model& model, const Batch& batch) {
    ops::Context context{stream_};
    const ops::Var hidden = model.hidden(context, batch);
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < hidden.value().dim(0); ++i) rows.push_back(i);
    return logits_of(context, model, hidden.value(), rows);
  }

  Stream stream_;
  fs::path folder_;  // an empty folder of this test's own
};

}  // namespace fundi::models
