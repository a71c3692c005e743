#include "base/error.h"
#include "text/decoders/all.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

struct Settings {
  std::string content;  // one character
  int64_t start, stop;  // how many of it to take away at each end of a string
};

// Takes away up to `most` times the content, and returns how often.
int64_t strip_start(std::string& text, const std::string& content, int64_t most) {
  size_t end = 0;
  int64_t count = 0;
  while (count < most && text.compare(end, content.size(), content) == 0) {
    end += content.size();
    ++count;
  }
  text.erase(0, end);
  return count;
}

void strip_stop(std::string& text, const std::string& content, int64_t most) {
  for (int64_t i = 0; i < most && text.ends_with(content); ++i) {
    text.resize(text.size() - content.size());
  }
}

// Without a `stop`, strings are handed on as they come.
class StrippingStart : public DecoderStep::State {
 public:
  explicit StrippingStart(const Settings& settings) : settings_(settings) {}
  void push(DecoderPart&& part, DecoderStep::Sink next) override {
    if (part.begins) left_ = settings_.start;
    if (left_ > 0 && !part.text.empty()) {
      left_ -= strip_start(part.text, settings_.content, left_);
      if (!part.text.empty()) left_ = 0;
    }
    next(std::move(part));
  }

 private:
  const Settings& settings_;
  int64_t left_ = 0;
};

class StrippingBoth : public WholeStringState {
 public:
  explicit StrippingBoth(const Settings& settings) : settings_(settings) {}

 protected:
  void push_string(std::string text, DecoderStep::Sink next) override {
    strip_start(text, settings_.content, settings_.start);
    strip_stop(text, settings_.content, settings_.stop);
    next({std::move(text)});
  }

 private:
  const Settings& settings_;
};

class Strip : public DecoderStep {
 public:
  explicit Strip(const JsonReader& json)
      : settings_{"", json.child("start").integer(), json.child("stop").integer()} {
    append_utf8(settings_.content, json.child("content").character());
    if (settings_.start < 0 || settings_.stop < 0) json.corrupt("start and stop must be 0 or more");
  }
  std::unique_ptr<State> start(bool) const override {
    if (settings_.stop == 0) return std::make_unique<StrippingStart>(settings_);
    return std::make_unique<StrippingBoth>(settings_);
  }
  std::string inner(std::string token, bool fused) const override {
    if (fused) return token;
    strip_start(token, settings_.content, settings_.start);
    strip_stop(token, settings_.content, settings_.stop);
    return token;
  }

 private:
  Settings settings_;
};

}  // namespace

std::unique_ptr<DecoderStep> make_strip_decoder(const JsonReader& json) {
  return std::make_unique<Strip>(json);
}

}  // namespace fundi::text
