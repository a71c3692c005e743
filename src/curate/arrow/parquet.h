#pragma once

#include <memory>

#include "curate/flow/document_shard.h"
#include "curate/readers/reader.h"

namespace fundi::curate {

// What is said of a build without Apache Arrow C++, where the rest of this throws kUnsupported;
// empty in one with it.
extern const char* const kLacksParquet;

// Rows of Parquet: those of the parquet reader, and those of the chat reader. A part of a file is
// the row groups that begin in it. A row group that cannot be read is one record with a problem,
// and reading goes on behind it. Memory: usually a few times a batch of 8 MB; a file that wants
// more than 512 MB at once is not read. Throws kNotFound, kIo, kCorruptData, and kInvalidArgument
// naming the columns there are.
std::unique_ptr<Reader> open_parquet(const fs::path& path, ByteRange range, const Config& options);
std::unique_ptr<Reader> open_parquet_chat(const fs::path& path, ByteRange range,
                                          const Config& options);

// The columns id, text, source, licence, language, meta (a string of JSON) and, null but for
// conversations, messages: lists of role, content and rest, what else the message brought as a
// string of JSON. `level` is of zstd. Memory: two row groups of 32 MB of text.
std::unique_ptr<DocumentShard> open_parquet_shard(const fs::path& path, int level);

}  // namespace fundi::curate
