// Any bytes as rows: JSONL, one JSON list, chat rows, CSV and TSV. The first byte says which. What
// comes out as text is text, and nothing is both a text and a problem.
// modules: curate

#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<std::string_view, 4> kKinds = {"jsonl", "chat", "csv", "tsv"};
  if (size == 0) return 0;
  const std::string_view kind = kKinds[data[0] % kKinds.size()];
  fundi::curate::read_all_records(kind, {data + 1, size - 1}, "id: id", [&](const auto& record) {
    if (!record.problem.empty() && (!record.bytes.empty() || record.messages)) std::abort();
    if (record.problem.empty() && (kind == "chat") != record.messages.has_value()) std::abort();
    if (kind == "jsonl" && fundi::find_invalid_utf8(record.bytes) != std::string::npos)
      std::abort();
    (void)fundi::dump_json(record.meta);
  });
  return 0;
}
