#include "ops/route.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/route.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/sigmoid-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Scores of one row of logits, already copied into `scores`.
void softmax(float* scores, int64_t n) {
  const float highest = max_of(scores, n);
  const float sum = sum_of(n, [=](auto d, int64_t i) HWY_ATTR {
    const auto e = hn::Exp(d, hn::Sub(load(d, scores + i), hn::Set(d, highest)));
    store(d, e, scores + i);
    return e;
  });
  for_each_vector(n, [=](auto d, int64_t i) HWY_ATTR {
    store(d, hn::Div(load(d, scores + i), hn::Set(d, sum)), scores + i);
  });
}

void sigmoids(float* scores, int64_t n) {
  for_each_vector(n, [=](auto d, int64_t i)
                         HWY_ATTR { store(d, sigmoid(d, load(d, scores + i)), scores + i); });
}

void score_rows(const ops::RouteForward& args, int64_t begin, int64_t end) {
  const int64_t experts = args.logits.dim(1);
  with_float_type("route_forward", args.logits.dtype(), [&](auto type) {
    using T = decltype(type);
    for (int64_t n = begin; n < end; ++n) {
      const T* logits = args.logits.data<T>() + n * experts;
      float* scores = args.scores.data<float>() + n * experts;
      for_each_vector(
          experts, [=](auto d, int64_t i) HWY_ATTR { store(d, load(d, logits + i), scores + i); });
      args.routing.score == ops::Routing::Score::kSoftmax ? softmax(scores, experts)
                                                          : sigmoids(scores, experts);
    }
  });
}

// dlogits of one row from the gradient of its scores, which is lost.
template <typename T>
void logit_gradient(ops::Routing::Score kind, const float* scores, float* dscores, T* dlogits,
                    int64_t n, bool accumulate) {
  float mean = 0.0f;
  if (kind == ops::Routing::Score::kSoftmax) {
    mean = sum_of(n, [=](auto d, int64_t i)
                         HWY_ATTR { return hn::Mul(load(d, scores + i), load(d, dscores + i)); });
  }
  const bool is_sigmoid = kind == ops::Routing::Score::kSigmoid;
  for_each_vector(n, [=](auto d, int64_t i) HWY_ATTR {
    const auto s = load(d, scores + i);
    auto g = hn::Mul(s, hn::Sub(load(d, dscores + i), hn::Set(d, mean)));
    if (is_sigmoid) g = hn::Mul(g, hn::Sub(hn::Set(d, 1.0f), s));
    if (accumulate) g = hn::Add(g, load(d, dlogits + i));
    store(d, g, dlogits + i);
  });
}

void logit_gradient_row(const ops::RouteBackward& args, int64_t n, float* dscores) {
  const int64_t experts = args.scores.dim(1);
  with_float_type("route_backward", args.dlogits.dtype(), [&](auto type) {
    logit_gradient(args.routing.score, args.scores.data<float>() + n * experts, dscores,
                   args.dlogits.data<decltype(type)>() + n * experts, experts, args.accumulate);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(score_rows);
HWY_EXPORT(logit_gradient_row);

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
// DeepSeek-V3 divides by the sum and this, so that a row of zeros stays one.
constexpr float kTiny = 1e-20f;

// How good a group of experts is.
float group_score(const float* choice, int64_t size, ops::Routing::GroupScore kind) {
  float best = kNever, second = kNever;
  for (int64_t i = 0; i < size; ++i) {
    if (choice[i] > best) {
      second = std::exchange(best, choice[i]);
    } else {
      second = std::max(second, choice[i]);
    }
  }
  return kind == ops::Routing::GroupScore::kBest || size == 1 ? best : best + second;
}

int64_t take_best(float* values, int64_t n) {
  const int64_t best = std::max_element(values, values + n) - values;
  values[best] = kNever;
  return best;
}

// Rules out the experts of all but the best groups.
void keep_best_groups(const ops::Routing& routing, float* choice, int64_t experts) {
  const int64_t size = experts / routing.groups;
  std::vector<float> scores;
  for (int64_t g = 0; g < routing.groups; ++g) {
    scores.push_back(group_score(choice + g * size, size, routing.group_score));
  }
  std::vector<bool> kept(scores.size(), false);
  for (int64_t i = 0; i < routing.top_groups; ++i) {
    kept[static_cast<size_t>(take_best(scores.data(), routing.groups))] = true;
  }
  for (int64_t g = 0; g < routing.groups; ++g) {
    if (!kept[static_cast<size_t>(g)]) std::fill_n(choice + g * size, size, kNever);
  }
}

void choose_row(const ops::RouteForward& args, int64_t n, std::vector<float>& choice) {
  const ops::Routing& routing = args.routing;
  const int64_t experts = args.scores.dim(1), chosen = routing.experts_per_token;
  const float* scores = args.scores.data<float>() + n * experts;
  choice.assign(scores, scores + experts);
  if (args.bias.defined()) {
    for (int64_t e = 0; e < experts; ++e) {
      choice[static_cast<size_t>(e)] += args.bias.data<float>()[e];
    }
  }
  if (routing.groups > 1) keep_best_groups(routing, choice.data(), experts);
  float* weights = args.weights.data<float>() + n * chosen;
  float sum = kTiny;
  for (int64_t k = 0; k < chosen; ++k) {
    const int64_t expert = take_best(choice.data(), experts);
    args.experts.data<int32_t>()[n * chosen + k] = static_cast<int32_t>(expert);
    weights[k] = scores[expert];
    sum += weights[k];
  }
  const float factor = routing.normalise ? routing.scale / sum : routing.scale;
  for (int64_t k = 0; k < chosen; ++k) weights[k] *= factor;
}

// The gradient of one row's scores: through the weights of the chosen experts, and args.dscores.
void score_gradient_row(const ops::RouteBackward& args, int64_t n, std::vector<float>& dscores) {
  const ops::Routing& routing = args.routing;
  const int64_t experts = args.scores.dim(1), chosen = routing.experts_per_token;
  dscores.assign(static_cast<size_t>(experts), 0.0f);
  if (args.dscores.defined()) {
    std::copy_n(args.dscores.data<float>(), experts, dscores.begin());
  }
  const float* scores = args.scores.data<float>() + n * experts;
  const float* dweights = args.dweights.data<float>() + n * chosen;
  const int32_t* indices = args.experts.data<int32_t>() + n * chosen;
  float sum = kTiny, dot = 0.0f;  // of the scores, and of scores and gradients
  for (int64_t k = 0; k < chosen; ++k) {
    sum += scores[indices[k]];
    dot += scores[indices[k]] * dweights[k];
  }
  for (int64_t k = 0; k < chosen; ++k) {
    const float gradient = routing.normalise ? (dweights[k] - dot / sum) / sum : dweights[k];
    dscores[static_cast<size_t>(indices[k])] += routing.scale * gradient;
  }
}

constexpr int64_t kGrain = 16;  // rows: fewer are done before another thread has started

}  // namespace

void route_forward(const ops::RouteForward& args, Stream&) {
  parallel_ranges(
      args.logits.dim(0),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(score_rows)(args, begin, end);
        std::vector<float> choice;
        for (int64_t n = begin; n < end; ++n) choose_row(args, n, choice);
      },
      kGrain);
}

void route_backward(const ops::RouteBackward& args, Stream&) {
  parallel_ranges(
      args.scores.dim(0),
      [&](int64_t begin, int64_t end, int) {
        std::vector<float> dscores;
        for (int64_t n = begin; n < end; ++n) {
          score_gradient_row(args, n, dscores);
          HWY_DYNAMIC_DISPATCH(logit_gradient_row)(args, n, dscores.data());
        }
      },
      kGrain);
}

}  // namespace fundi::cpu
#endif
