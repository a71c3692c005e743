#include "text/decoder.h"

#include "base/error.h"
#include "text/decoders/all.h"

namespace fundi::text {
namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxSteps = 64;

}  // namespace

void WholeStringState::push(DecoderPart&& part, DecoderStep::Sink next) {
  if (part.begins && part.ends) return push_string(std::move(part.text), next);
  text_ += part.text;
  if (!part.ends) return;
  push_string(std::move(text_), next);
  text_.clear();
}

void DecoderStream::run(size_t step, DecoderPart&& part, std::string& out) {
  if (step == states_.size()) {
    out.append(part.text);
    return;
  }
  states_[step]->push(std::move(part),
                      [&](DecoderPart&& next) { run(step + 1, std::move(next), out); });
}

void DecoderStream::finish(std::string& out) {
  for (size_t step = 0; step < states_.size(); ++step) {
    states_[step]->finish([&](DecoderPart&& next) { run(step + 1, std::move(next), out); });
  }
}

Decoder Decoder::parse(const JsonReader& json) {
  Decoder decoder;
  if (json.is_null()) {
    decoder.add(make_space_joiner());
  } else {
    decoder.add(json, 0);
  }
  return decoder;
}

void Decoder::add(const JsonReader& json, int depth) {
  const std::string_view type = json.child("type").string();
  if (type == "Sequence") {
    if (depth == kMaxDepth) json.corrupt("sequences are nested too deeply");
    json.child("decoders").each([&](const JsonReader& item) { add(item, depth + 1); });
    return;
  }
  if (steps_.size() == kMaxSteps) json.corrupt(fmt::format("more than {} decoders", kMaxSteps));
  only_byte_level_ = type == "ByteLevel" && steps_.empty();
  steps_.push_back(make_decoder_step(json));
}

DecoderStream Decoder::start(bool eager) const {
  std::vector<std::unique_ptr<DecoderStep::State>> states;
  for (const auto& step : steps_) states.push_back(step->start(eager));
  return DecoderStream(std::move(states));
}

std::string Decoder::inner(std::string_view token) const {
  std::string text(token);
  bool fused = false;
  for (const auto& step : steps_) {
    text = step->inner(std::move(text), fused);
    fused = fused || step->fuses();
  }
  return text;
}

}  // namespace fundi::text
