#include <zstd.h>

#include <algorithm>

#include "base/error.h"
#include "data/input_stream.h"

namespace fundi::data {
namespace {

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) fail(ErrorCode::kIo, "zstd: out of memory");
    wanted_ = header_size_ = ZSTD_initDStream(stream_);
  }
  ~ZstdDecompressor() override { ZSTD_freeDStream(stream_); }

  size_t decompress(std::span<const char>& in, std::span<char> out) override {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    // At the end of a frame an empty call would begin another, which may never come.
    bool more = fault_ == nullptr && !(complete_ && in.empty());
    while (more) {
      // Block by block: when a call fails, zstd does not tell what it had put out before.
      ZSTD_inBuffer input{in.data(), std::min(in.size(), wanted_), 0};
      const size_t put = output.pos;
      const size_t wanted = ZSTD_decompressStream(stream_, &output, &input);
      if (ZSTD_isError(wanted)) {
        fault_ = ZSTD_getErrorName(wanted);
        break;
      }
      in = in.subspan(input.pos);
      complete_ = wanted == 0;
      wanted_ = complete_ ? header_size_ : wanted;
      const bool progress = input.pos > 0 || output.pos > put;
      more = progress && output.pos < output.size && !in.empty();
    }
    if (fault_ != nullptr && output.pos == 0) {
      fail(ErrorCode::kCorruptData, "damaged zstd data ({}); fetch it again", fault_);
    }
    return output.pos;
  }

  bool complete() const override { return complete_ && fault_ == nullptr; }

 private:
  ZSTD_DStream* stream_;
  size_t header_size_, wanted_;  // bytes that the next step asks for
  bool complete_ = false;
  const char* fault_ = nullptr;
};

}  // namespace

std::unique_ptr<Decompressor> make_zstd_decompressor() {
  return std::make_unique<ZstdDecompressor>();
}

}  // namespace fundi::data
