#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/stopwatch.h"
#include "base/text.h"
#include "cli/bench/bench.h"
#include "data/jsonl.h"
#include "models/directory.h"
#include "text/bpe_trainer.h"

namespace fundi::cli {
namespace {

// Rows of the input: texts to encode, or ids to decode.
struct Row {
  std::string text = {};
  std::vector<int32_t> ids = {};
  bool is_text = true;
};

// Words of syllables, the short ones more often, when no text is given.
std::string made_up_text() {
  static constexpr std::string_view kSyllables[] = {"ma",  "ki",  "nda", "wa", "ku",  "li", "mo",
                                                    "sha", "mba", "ya",  "te", "ngo", "zi", "hi"};
  Random random(1);
  std::string text;
  while (text.size() < (4u << 20)) {
    const uint64_t syllables = 1 + random.below(random.below(5) + 1);
    for (uint64_t i = 0; i < syllables; ++i)
      text += kSyllables[random.below(std::size(kSyllables))];
    text += random.below(12) == 0 ? ".\n" : " ";
  }
  return text;
}

std::vector<Row> read_rows(const BenchTokenizeOptions& options) {
  std::vector<Row> rows;
  if (options.text.empty()) {
    rows.push_back({.text = made_up_text()});
  } else if (!options.text.ends_with(".jsonl")) {
    rows.push_back({.text = read_file(options.text)});
  } else {
    data::JsonlReader reader(options.text);
    for (data::JsonlRow row; reader.next(row);) {
      Row& next = rows.emplace_back();
      next.is_text = row.json.contains("text");
      try {
        if (next.is_text) {
          next.text = row.json.at("text").get<std::string>();
        } else {
          next.ids = row.json.at("ids").get<std::vector<int32_t>>();
        }
      } catch (const nlohmann::json::exception& error) {
        fail(ErrorCode::kCorruptData, "{}: must have a text, or a list of ids: {}", reader.where(),
             error.what());
      }
    }
  }
  return rows;
}

std::shared_ptr<const text::Tokenizer> tokenizer_for(const BenchTokenizeOptions& options,
                                                     const std::vector<Row>& rows) {
  if (!options.tokenizer.empty()) return models::load_tokenizer(options.tokenizer);
  return text::train_bpe(
      static_cast<int64_t>(rows.size()),
      [&](int64_t i) { return std::string_view(rows[static_cast<size_t>(i)].text); }, {});
}

void write_rows(const text::Tokenizer& tokenizer, const std::vector<Row>& rows,
                const std::string& path) {
  data::JsonlWriter writer(path);
  for (const Row& row : rows) {
    const std::vector<int32_t> ids = row.is_text ? tokenizer.encode(row.text, true) : row.ids;
    Json out = Json::object();
    if (row.is_text) out["ids"] = ids;
    out["text"] = tokenizer.decode(ids, false);
    out["plain_text"] = tokenizer.decode(ids, true);
    writer.write(out);
  }
  writer.commit();
}

}  // namespace

BenchResult bench_tokenize(const BenchTokenizeOptions& options) {
  const std::vector<Row> rows = read_rows(options);
  const Stopwatch loading;
  const auto tokenizer = tokenizer_for(options, rows);
  const double load_seconds = loading.seconds();
  if (!options.out.empty()) write_rows(*tokenizer, rows, options.out);

  double bytes = 0;
  int64_t tokens = 0;
  for (const Row& row : rows) {
    if (!row.is_text) continue;
    bytes += static_cast<double>(row.text.size());
    tokens += static_cast<int64_t>(tokenizer->encode(row.text, true).size());
  }
  BenchResult result;
  result.add("load_seconds", load_seconds, fmt::format("{:.3f} s", load_seconds));
  if (bytes == 0) return result;
  const double seconds = median_seconds(options.seconds, [&] {
    for (const Row& row : rows) {
      if (row.is_text) (void)tokenizer->encode(row.text, true);
    }
  });
  result.add("bytes", bytes, format_bytes(static_cast<uint64_t>(bytes)));
  result.add("tokens", tokens, format_count(tokens));
  result.add("bytes_per_token", bytes / static_cast<double>(tokens),
             fmt::format("{:.2f}", bytes / static_cast<double>(tokens)));
  result.add("bytes_per_second", bytes / seconds,
             fmt::format("{:.1f} MB/s, one thread", bytes / seconds / 1e6));
  return result;
}

}  // namespace fundi::cli
