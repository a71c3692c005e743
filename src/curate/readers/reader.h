#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/files.h"
#include "curate/document.h"
#include "data/input_buffer.h"

namespace fundi::curate {

// What bytes of a record are, and so which extractor makes text of them.
enum class ContentType { kText, kMarkdown, kHtml, kPdf, kDocx, kOdt, kEpub };

// A record as it stands in its file, before extraction.
struct Record {
  std::string name;   // of the record in its file: "12" (line, row or WARC record, from 1), "@4711"
                      // (byte, where a part of a file is read), an id that the row has; empty where
                      // a file is one record
  std::string bytes;  // the content, in any character set
  ContentType type = ContentType::kText;
  std::string charset;                           // as declared outside the bytes; empty: unknown
  std::optional<std::vector<Message>> messages;  // of a chat row; `bytes` is then empty
  std::string language, licence;                 // as the record states them
  Json meta = Json::object();
  std::string problem;  // not empty: the record cannot be used, and why; reading goes on
};

using data::ByteRange;

// Reads the records of one file in order, in bounded memory whatever the file claims.
class Reader {
 public:
  virtual ~Reader() = default;
  // False at the end; `record` is replaced. Throws kIo, and kCorruptData where nothing after this
  // point can be read (a truncated gzip): everything before it has been returned.
  virtual bool next(Record& record) = 0;
  virtual uint64_t bytes_read() const = 0;  // of the file as it lies on disk, for progress
};

// A kind of file: one file in readers/, one line in readers/all.cc.
struct ReaderKind {
  std::string name;                       // "jsonl": `format: jsonl` in a recipe
  std::string description;                // one line
  std::vector<std::string> extensions;    // ".jsonl"; a further ".gz" or ".zst" is taken off first
  bool splittable = false;                // uncompressed files may be opened by ByteRange
  ContentType type = ContentType::kText;  // what is in such a file, where that is one document
  std::string lacks = {};                 // what this build lacks to read it; empty: nothing
  // `options` is the source's entry in the recipe: the reader takes the keys that are its own
  // (text: which column). `path` "-" is standard input. Throws kNotFound, kIo, kInvalidArgument.
  std::function<std::unique_ptr<Reader>(const fs::path& path, ByteRange range,
                                        const Config& options)>
      open;
  std::function<fs::path(const fs::path& path)> beside{};  // the second file of such a one, if any
};

std::span<const ReaderKind> reader_kinds();

// The kind for a file by its extensions; null for a file that fundi does not read.
const ReaderKind* reader_for(const fs::path& path);

}  // namespace fundi::curate
