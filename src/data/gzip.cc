#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "data/input_stream.h"

namespace fundi::data {
namespace {

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) fail(ErrorCode::kIo, "zlib: out of memory");
  }
  ~GzipDecompressor() override { inflateEnd(&stream_); }

  size_t decompress(std::span<const char>& in, std::span<char> out) override {
    deliver_fault();
    if (between_members_ && !start_member(in)) return 0;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = clamp(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = clamp(out.size());
    const uInt offered = stream_.avail_in, room = stream_.avail_out;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    in = in.subspan(offered - stream_.avail_in);
    if (status == Z_STREAM_END) {
      between_members_ = true;
      inflateReset(&stream_);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fault_ = true;
      if (stream_.avail_out == room) deliver_fault();
    }
    return room - stream_.avail_out;
  }

  bool complete() const override { return between_members_ && !fault_; }

 private:
  static uInt clamp(size_t size) {
    return static_cast<uInt>(std::min<size_t>(size, std::numeric_limits<uInt>::max()));
  }

  // Tapes and some writers pad the end of a file with zeros, which gzip(1) passes over, too.
  bool start_member(std::span<const char>& in) {
    while (!in.empty() && in.front() == '\0' && members_ > 0) in = in.subspan(1);
    if (in.empty()) return false;
    between_members_ = false;
    ++members_;
    return true;
  }

  // What came before a fault goes out first, by the call that met it.
  void deliver_fault() const {
    if (!fault_) return;
    fail(ErrorCode::kCorruptData, "damaged gzip data ({}); fetch it again",
         stream_.msg != nullptr ? stream_.msg : "zlib error");
  }

  z_stream stream_ = {};
  bool between_members_ = true, fault_ = false;
  uint64_t members_ = 0;
};

}  // namespace

std::unique_ptr<Decompressor> make_gzip_decompressor() {
  return std::make_unique<GzipDecompressor>();
}

}  // namespace fundi::data
