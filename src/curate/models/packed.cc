#include "curate/models/packed.h"

#include <zstd.h>

#include <memory>

#include "base/error.h"

namespace fundi::curate {

std::string pack(std::string_view bytes) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 12);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size =
      ZSTD_compress2(context.get(), packed.data(), packed.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size)) fail(ErrorCode::kInternal, "zstd: {}", ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

std::string unpack(std::string_view packed, uint64_t limit, const std::string& where) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    fail(ErrorCode::kCorruptData, "{}: is damaged: no zstd frame", where);
  }
  if (size > limit) {
    fail(ErrorCode::kCorruptData, "{}: claims {} bytes; at most {} can be", where, size, limit);
  }
  std::string bytes(size, '\0');
  const size_t found = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(found) || found != size) {
    fail(ErrorCode::kCorruptData, "{}: is damaged: {}", where,
         ZSTD_isError(found) ? ZSTD_getErrorName(found) : "it is too short");
  }
  return bytes;
}

}  // namespace fundi::curate
