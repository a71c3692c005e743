#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#include "backends/all.h"
#include "base/parallel.h"
#include "base/random.h"
#include "ops/tape.h"

namespace fundi::ops {

inline Tensor random_tensor(Shape shape, uint64_t seed, float scale = 1.0f) {
  Tensor t(shape, DType::kF32);
  Random random(seed);
  for (float& x : t.span<float>()) x = scale * random.normal();
  return t;
}

inline Tensor as(const Tensor& t, DType dtype) {
  Tensor out(t.shape(), dtype);
  convert_elements(t.raw(), t.dtype(), out.raw(), dtype, t.elements());
  return out;
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

// max |a - b| / max(max |b|, floor)
inline double relative_error(const Tensor& a, const Tensor& b, double floor = 1e-30) {
  const Tensor x = a.to_f32(), y = b.to_f32();
  double worst = 0, size = floor;
  for (int64_t i = 0; i < x.elements(); ++i) {
    worst = std::max(worst, std::abs(double(x.data<float>()[i]) - y.data<float>()[i]));
    size = std::max(size, std::abs(double(y.data<float>()[i])));
  }
  return worst / size;
}

class OpTest : public testing::Test {
 protected:
  void SetUp() override { backends::install_all(); }
  void TearDown() override { set_thread_count(threads_); }
  Stream stream_;
  int threads_ = thread_count();
};

using Function = std::function<Var(Context&, const std::vector<Var>&)>;

// The scalar sum_i r_i f(inputs)_i with fixed random r, so that every output matters.
inline double project(const Tensor& y, uint64_t seed = 99) {
  const Tensor r = random_tensor(y.shape(), seed);
  const Tensor f = y.to_f32();
  double sum = 0;
  for (int64_t i = 0; i < f.elements(); ++i) {
    sum += double(f.data<float>()[i]) * r.data<float>()[i];
  }
  return sum;
}

// Gradients of project(f(inputs)) by the tape.
inline std::vector<Tensor> tape_gradients(Stream& stream, const Function& f,
                                          const std::vector<Tensor>& inputs) {
  Tape tape;
  Context context{stream, &tape};
  std::vector<Var> vars;
  for (const Tensor& t : inputs) vars.emplace_back(t, true);
  Var y = f(context, vars);
  y.set_grad(as(random_tensor(y.value().shape(), 99), y.value().dtype()));
  tape.backward();
  std::vector<Tensor> gradients;
  for (const Var& v : vars) gradients.push_back(v.grad());
  return gradients;
}

// Compares some elements of each input's gradient with central differences, in f32: the step is
// large and the tolerance allows for it.
inline void expect_gradients(Stream& stream, const Function& f, const std::vector<Tensor>& inputs,
                             double tolerance = 2e-3, int64_t samples = 40) {
  const std::vector<Tensor> gradients = tape_gradients(stream, f, inputs);
  const auto value = [&](const std::vector<Tensor>& at) {
    Context context{stream};
    std::vector<Var> vars;
    for (const Tensor& t : at) vars.emplace_back(t);
    return project(f(context, vars).value());
  };
  for (size_t k = 0; k < inputs.size(); ++k) {
    ASSERT_TRUE(gradients[k].defined()) << "input " << k;
    double size = 0;
    for (float g : gradients[k].span<float>()) size = std::max(size, std::abs(double(g)));
    const int64_t n = inputs[k].elements();
    for (int64_t i = 0; i < n; i += std::max<int64_t>(1, n / samples)) {
      std::vector<Tensor> shifted = inputs;
      const float step = 1e-2f;
      const auto at = [&](float delta) {
        shifted[k] = inputs[k].to_f32();
        shifted[k].data<float>()[i] += delta;
        return value(shifted);
      };
      const double expected = (at(step) - at(-step)) / (2.0 * step);
      EXPECT_NEAR(gradients[k].data<float>()[i], expected, tolerance * std::max(1.0, size))
          << "input " << k << ", element " << i;
    }
  }
}

// Outputs and gradients in bf16 against f32 on the same rounded inputs. Inputs are of unit size, so
// a gradient that is zero in f32 may be off by as much as rounding of unit values gives.
inline void expect_bf16_close(Stream& stream, const Function& f, const std::vector<Tensor>& inputs,
                              double tolerance = 2e-2) {
  std::vector<Tensor> half, rounded;
  for (const Tensor& t : inputs) {
    half.push_back(as(t, DType::kBF16));
    rounded.push_back(half.back().to_f32());
  }
  const auto got = tape_gradients(stream, f, half), want = tape_gradients(stream, f, rounded);
  for (size_t k = 0; k < got.size(); ++k) {
    EXPECT_LT(relative_error(got[k], want[k], 1.0), tolerance) << "gradient of input " << k;
  }
  const auto forward = [&](const std::vector<Tensor>& at) {
    Context context{stream};
    std::vector<Var> vars;
    for (const Tensor& t : at) vars.emplace_back(t);
    return f(context, vars).value();
  };
  EXPECT_LT(relative_error(forward(half), forward(rounded)), tolerance);
}

// Outputs and gradients with 1, 2, 3 and 5 threads: equal bits.
inline void expect_thread_invariant(Stream& stream, const Function& f,
                                    const std::vector<Tensor>& inputs) {
  const int before = thread_count();
  std::vector<Tensor> first;
  for (const int threads : {1, 2, 3, 5}) {
    set_thread_count(threads);
    const std::vector<Tensor> now = tape_gradients(stream, f, inputs);
    if (first.empty()) {
      first = now;
      continue;
    }
    for (size_t k = 0; k < now.size(); ++k) {
      EXPECT_TRUE(same_bits(now[k], first[k])) << "input " << k << ", " << threads << " threads";
    }
  }
  set_thread_count(before);
}

}  // namespace fundi::ops
