// Parquet in and out; in a build without Apache Arrow, what is said then.
#include "curate/arrow/parquet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "tests/curate/flow_testing.h"

namespace fundi::curate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool has_arrow() { return std::string_view(kLacksParquet).empty(); }

TEST(WithoutArrow, ParquetIsRefusedWithWhatToDo) {
  if (has_arrow()) GTEST_SKIP() << "built with Apache Arrow";
  const TestFolder folder;
  const fs::path path = folder.write("a.parquet", "PAR1");
  EXPECT_THAT(message_of(ErrorCode::kUnsupported, [&] { read_records("parquet", path); }),
              AllOf(HasSubstr("a.parquet"), HasSubstr("FUNDI_ARROW_ROOT"), HasSubstr("JSONL")));
  EXPECT_THAT(message_of(ErrorCode::kUnsupported, [&] { read_records("chat", path); }),
              HasSubstr("FUNDI_ARROW_ROOT"));
  folder.write("rows.jsonl", "{\"text\":\"a\"}\n");
  const fs::path recipe =
      folder.write("r.yaml", "sources: [{path: rows.jsonl}]\nwrite: {format: parquet}\n");
  EXPECT_THAT(message_of(ErrorCode::kUnsupported, [&] { CurateRecipe::load(recipe); }),
              AllOf(HasSubstr("write.format"), HasSubstr("FUNDI_ARROW_ROOT")));
}

class Parquet : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_arrow()) GTEST_SKIP() << "built without Apache Arrow";
  }
  static fs::path fixture(const std::string& name) {
    return fs::path(FUNDI_TEST_DATA) / "parquet" / (name + ".parquet");
  }
  // "name:bytes", or "name!problem".
  static std::vector<std::string> texts(const fs::path& path, std::string_view options = "{}",
                                        ByteRange range = {}) {
    std::vector<std::string> out;
    for (const Record& r : read_records("parquet", path, options, range)) {
      out.push_back(r.problem.empty() ? r.name + ":" + r.bytes : r.name + "!" + r.problem);
    }
    return out;
  }
  TestFolder scratch_;
};

TEST_F(Parquet, TextsOfEveryKind) {
  const fs::path path = fixture("kinds");
  EXPECT_THAT(texts(path, "text: string"),
              ElementsAre("1:habari", "2!no text under 'string'", "3:njema"));
  EXPECT_THAT(texts(path, "text: large"),
              ElementsAre("1:mvua", "2:jua", "3!no text under 'large'"));
  EXPECT_THAT(texts(path, "text: bytes"), ElementsAre("1:caf\xe9", "2:", HasSubstr("no text")));
  EXPECT_THAT(texts(path, "{text: [coded, string], id: number}"),
              ElementsAre("1:soko\n\nhabari", "2:soko", "-3:bei\n\nnjema"));
}

TEST_F(Parquet, OtherColumnsGoToTheMeta) {
  const auto records = read_records("parquet", fixture("kinds"), "text: string");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(dump_json(records[0].meta),
            R"({"large":"mvua","bytes":"caf�","coded":"soko","number":1,"ratio":0.5,"flag":true,)"
            R"("day":"2024-05-01","price":"1.50","url":"https://example.org/1"})");
  EXPECT_EQ(records[0].language, "sw");
  EXPECT_EQ(dump_json(records[2].meta), R"({"coded":"bei","number":-3})");
}

TEST_F(Parquet, ColumnsThatAreMissingOrNoTexts) {
  const fs::path path = fixture("kinds");
  const auto refused = [&](std::string_view options) {
    return message_of(ErrorCode::kInvalidArgument, [&] { read_records("parquet", path, options); });
  };
  EXPECT_THAT(refused("{}"), AllOf(HasSubstr("no column 'text' but 'string', 'large'")));
  EXPECT_THAT(refused("text: number"), HasSubstr("'number' holds no text but int32"));
  EXPECT_THAT(refused("text: vector"), HasSubstr("'vector' holds no text but list"));
}

TEST_F(Parquet, CodecsEncodingsAndParts) {
  const auto expected = texts(fixture("none"), "id: id");
  ASSERT_EQ(expected.size(), 40u);
  EXPECT_EQ(expected[7], "n7:Mkulima 7 hupanda mahindi na maharage shambani mwake.");
  for (const char* codec : {"snappy", "gzip", "zstd", "brotli", "lz4", "delta"}) {
    const fs::path path = fixture(codec);
    EXPECT_EQ(texts(path, "id: id"), expected) << codec;
    // Wherever it is cut, each row is in one part, under the number it has in the whole.
    const auto whole = texts(path);
    const uint64_t size = fs::file_size(path);
    for (uint64_t cut = 0; cut <= size; cut += 37) {
      auto parts = texts(path, "{}", {0, cut});
      for (auto& text : texts(path, "{}", {cut, UINT64_MAX})) parts.push_back(std::move(text));
      ASSERT_EQ(parts, whole) << codec << " cut at " << cut;
    }
  }
  EXPECT_EQ(texts(fixture("zstd"), "{}", {4, 5}).size(), 10u) << "a row group";
}

TEST_F(Parquet, Conversations) {
  const auto records = read_records("chat", fixture("chat"));
  ASSERT_EQ(records.size(), 3u);
  ASSERT_TRUE(records[0].messages);
  ASSERT_EQ(records[0].messages->size(), 2u);
  EXPECT_EQ(records[0].messages->at(1).role, "assistant");
  EXPECT_EQ(records[0].messages->at(1).content, "Njema.");
  EXPECT_EQ(dump_json(records[0].meta), R"({"topic":"a"})");
  EXPECT_EQ(records[1].messages->size(), 1u);
  EXPECT_THAT(records[2].problem, HasSubstr("holds no 'messages'"));
}

std::vector<Document> documents(int count) {
  std::vector<Document> out(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    Document& document = out[static_cast<size_t>(i)];
    document.id = fmt::format("news/a.tsv:{}", i);
    document.text = sentence_of(static_cast<uint64_t>(i), 50);
    document.source = "news";
    document.licence = i % 2 == 0 ? "CC0-1.0" : "";
    document.language = "sw";
    document.meta = {{"n", i}, {"title", "Kichwa cha \"habari\""}};
    if (i % 3 == 0) {
      document.messages = {{"user", document.text, {}},
                           {"assistant", "Ndiyo ™", {{"tool_calls", Json::array({1})}}}};
      document.text = join(document.messages);
    }
  }
  return out;
}

fs::path write_shard(const fs::path& path, const std::vector<Document>& documents) {
  const auto shard = open_parquet_shard(path, 3);
  for (const Document& document : documents) shard->add(document);
  EXPECT_FALSE(fs::exists(path)) << "before it is whole";
  shard->commit();
  return path;
}

TEST_F(Parquet, WhatIsWrittenIsReadAgain) {
  const auto written = documents(300);
  const fs::path path = write_shard(scratch_.path() / "a.parquet", written);
  const auto read = read_records("parquet", path, "id: id");
  ASSERT_EQ(read.size(), written.size());
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].name, written[i].id);
    EXPECT_EQ(read[i].bytes, written[i].text);
    EXPECT_EQ(read[i].licence, written[i].licence);
    EXPECT_EQ(read[i].language, "sw");
    Json meta = {{"source", "news"}};  // in the order of the columns
    meta.update(written[i].meta);
    EXPECT_EQ(read[i].meta, meta);
  }
  const auto chats = read_records("chat", path);
  ASSERT_EQ(chats[3].messages.value().size(), 2u);
  EXPECT_EQ(join(*chats[3].messages), written[3].text);
  EXPECT_EQ(dump_json(chats[3].messages->at(1).rest), R"({"tool_calls":[1]})");
  EXPECT_THAT(chats[4].problem, HasSubstr("holds no 'messages'"));
  write_shard(scratch_.path() / "b.parquet", written);
  EXPECT_EQ(sha256_path(path), sha256_path(scratch_.path() / "b.parquet"));
  EXPECT_TRUE(texts(write_shard(scratch_.path() / "none.parquet", {})).empty());
}

TEST_F(Parquet, ARecipeWritesIt) {
  scratch_.write("rows.jsonl", corpus(100));
  const fs::path recipe = scratch_.write(
      "recipe.yaml", fmt::format("output: {}/out\nsources: [{{name: rows, path: rows.jsonl}}]\n"
                                 "steps: [exact_duplicates]\nmix: {{validation: 0.1}}\n"
                                 "write: {{format: jsonl}}\n",
                                 scratch_.path().string()));
  run_locally(recipe, 1);
  const fs::path data = scratch_.path() / "out/data";
  const auto expected = read_records("jsonl", data / "train-00000.jsonl.zst", "id: id");
  run_locally(recipe, 2, {"write.format=parquet"});
  EXPECT_FALSE(fs::exists(data / "train-00000.jsonl.zst"));
  EXPECT_TRUE(fs::exists(data / "validation-00000.parquet"));
  const auto read = read_records("parquet", data / "train-00000.parquet", "id: id");
  ASSERT_EQ(read.size(), expected.size());
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].name, expected[i].name);
    EXPECT_EQ(read[i].bytes, expected[i].bytes);
    EXPECT_EQ(read[i].meta, expected[i].meta);
  }
}

// What becomes of a damaged file: so many good records, so many problems, or an error.
struct Outcome {
  size_t good = 0, problems = 0, errors = 0;
};

Outcome read_damaged(std::string_view kind, const fs::path& path) {
  Outcome outcome;
  try {
    for (const Record& record : read_records(kind, path)) {
      ++(record.problem.empty() ? outcome.good : outcome.problems);
    }
  } catch (const Error& e) {
    EXPECT_TRUE(e.code() == ErrorCode::kCorruptData || e.code() == ErrorCode::kInvalidArgument)
        << e.what();
    ++outcome.errors;
  }
  return outcome;
}

TEST_F(Parquet, DamageAnywhereIsAnErrorOrAProblem) {
  const fs::path path = scratch_.path() / "damaged.parquet";
  rusage before, after;
  ::getrusage(RUSAGE_SELF, &before);
  for (const auto& [name, kind] :
       {std::pair("zstd", "parquet"), std::pair("delta", "parquet"), std::pair("chat", "chat")}) {
    const std::string bytes = read_file(fixture(name));
    Outcome all;
    for (size_t at = 0; at < bytes.size(); at += 3) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (at % 2 == 0 ? 0xff : 1));
      std::ofstream(path, std::ios::binary) << damaged;
      const Outcome outcome = read_damaged(kind, path);
      EXPECT_LT(outcome.good + outcome.problems, 1000u) << name << " at " << at;
      all.good += outcome.good;
      all.problems += outcome.problems;
      all.errors += outcome.errors;
    }
    EXPECT_GT(all.good, 0u) << name;
    EXPECT_GT(all.problems, 0u) << name;
    EXPECT_GT(all.errors, 0u) << name;
  }
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 600'000);
}

TEST_F(Parquet, ADamagedRowGroupLosesOnlyItself) {
  std::string bytes = read_file(fixture("none"));
  const size_t at = bytes.find("Mkulima 15 ");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'm';
  const auto read = texts(scratch_.write("a.parquet", bytes), "id: id");
  ASSERT_EQ(read.size(), 31u);
  EXPECT_EQ(read[9].substr(0, 3), "n9:");
  EXPECT_THAT(read[10], AllOf(HasSubstr("11!"), HasSubstr("the rest of its row group is lost")));
  EXPECT_EQ(read[11].substr(0, 4), "n20:");
}

TEST_F(Parquet, ABombIsDefused) {
  rusage before, after;
  ::getrusage(RUSAGE_SELF, &before);
  const auto read = texts(fixture("bomb"));
  ::getrusage(RUSAGE_SELF, &after);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_THAT(read[0], AllOf(HasSubstr("1!"), HasSubstr("the rest of its row group is lost")));
  EXPECT_EQ(read[1], "1001:the next row group");
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 600'000);
}

TEST_F(Parquet, NoParquetGoesToQuarantineInARun) {
  const std::string whole = read_file(fixture("snappy"));
  std::string lying = whole;
  lying.replace(lying.size() - 8, 4, "\xff\xff\xff\x7f");
  scratch_.write("in/a.parquet", "");
  scratch_.write("in/b.parquet", whole.substr(0, whole.size() / 2));
  scratch_.write("in/c.parquet", lying);
  scratch_.write("in/d.parquet", whole);
  const fs::path recipe = scratch_.write(
      "recipe.yaml", fmt::format("output: {}/out\nsources: [{{path: in, text: text}}]\n"
                                 "steps: [normalise]\n",
                                 scratch_.path().string()));
  run_locally(recipe, 1);
  const Json card = read_json(scratch_.path() / "out/card.json");
  EXPECT_EQ(card.at("read").at("quarantined"), 3);
  EXPECT_EQ(card.at("written").at("documents"), 40);
  EXPECT_THAT(message_of(ErrorCode::kNotFound, [&] { texts(scratch_.path() / "no.parquet"); }),
              HasSubstr("no.parquet"));
}

}  // namespace
}  // namespace fundi::curate
