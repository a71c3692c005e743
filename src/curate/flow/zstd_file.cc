#include "curate/flow/zstd_file.h"

#include <zstd.h>

#include <string>

#include "base/error.h"

namespace fundi::curate {

struct ZstdFile::State {
  AtomicFile file;
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::string out = std::string(ZSTD_CStreamOutSize(), '\0');
  explicit State(fs::path path) : file(std::move(path)) {}
  ~State() { ZSTD_freeCCtx(context); }

  void compress(std::string_view bytes, ZSTD_EndDirective end) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (size_t left = 1; left > 0;) {
      ZSTD_outBuffer buffer{out.data(), out.size(), 0};
      left = ZSTD_compressStream2(context, &buffer, &in, end);
      if (ZSTD_isError(left)) fail(ErrorCode::kInternal, "zstd: {}", ZSTD_getErrorName(left));
      file.write(std::string_view(out).substr(0, buffer.pos));
      if (end == ZSTD_e_continue && in.pos == in.size) return;
    }
  }
};

ZstdFile::ZstdFile(fs::path path, int level) : state_(std::make_unique<State>(std::move(path))) {
  ZSTD_CCtx_setParameter(state_->context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(state_->context, ZSTD_c_checksumFlag, 1);
}

ZstdFile::~ZstdFile() = default;

void ZstdFile::write(std::string_view bytes) { state_->compress(bytes, ZSTD_e_continue); }

void ZstdFile::commit() {
  state_->compress("", ZSTD_e_end);
  state_->file.commit();
}

}  // namespace fundi::curate
