#include "text/pre_tokenizers/all.h"
#include "text/scanners/cursor.h"

namespace fundi::text {
namespace {

class FixedLength : public PreTokenizerStep {
 public:
  explicit FixedLength(int64_t length) : length_(length) {}
  void split(const TextPiece& piece, Sink sink) const override {
    const Cursor in(piece.text);
    for (size_t begin = 0; begin < piece.text.size();) {
      size_t end = begin;
      for (int64_t i = 0; i < length_ && end < piece.text.size(); ++i) end = in.next(end);
      sink({piece.text.substr(begin, end - begin), piece.at_origin && begin == 0});
      begin = end;
    }
  }

 private:
  int64_t length_;  // characters
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_fixed_length(const JsonReader& json) {
  const int64_t length = json.integer("length", 5);
  if (length < 1) json.child("length").corrupt("must be at least 1");
  return std::make_unique<FixedLength>(length);
}

}  // namespace fundi::text
