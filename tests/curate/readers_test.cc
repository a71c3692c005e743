#include "curate/readers/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "data/input_buffer.h"
#include "tests/curate/readers_testing.h"
#include "tests/error_testing.h"

namespace fundi::curate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string name_of(const fs::path& path) {
  const ReaderKind* kind = reader_for(path);
  return kind == nullptr ? "" : kind->name;
}

TEST(Readers, AreFoundByExtension) {
  EXPECT_EQ(name_of("a/b.JSONL.gz"), "jsonl");
  EXPECT_EQ(name_of("CC-MAIN-2024.warc.wet.gz"), "warc");
  EXPECT_EQ(name_of("x.warc"), "warc");
  EXPECT_EQ(name_of("page.HTM"), "html");
  EXPECT_EQ(name_of("freedict-swh-eng.index"), "dictd");
  EXPECT_EQ(name_of("notes.md.zst"), "markdown");
  EXPECT_EQ(name_of("a.gz"), "");
  EXPECT_EQ(name_of("a.exe"), "");
}

TEST(TextReader, SplitsAsAsked) {
  const TestFolder folder;
  const fs::path path = folder.write("a.txt", "one\ntwo\n\n \nthree\r\nfour\n");
  const auto bytes = [&](std::string_view options) {
    std::vector<std::string> out;
    for (const Record& r : read_records("text", path, options))
      out.push_back(r.name + ":" + r.bytes);
    return out;
  };
  EXPECT_THAT(bytes("{}"), ElementsAre(":one\ntwo\n\n \nthree\r\nfour\n"));
  EXPECT_THAT(bytes("split: paragraph"), ElementsAre("1:one\ntwo", "5:three\nfour"));
  EXPECT_THAT(bytes("split: line"), ElementsAre("1:one", "2:two", "5:three", "6:four"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { bytes("split: lines"); }),
              HasSubstr("line"));
}

TEST(Readers, LinesOfUtf16AreRefused) {
  const TestFolder folder;
  const fs::path path = folder.write("a.csv",
                                     "\xff\xfe"
                                     "x\n");
  for (const char* kind : {"csv", "tsv", "jsonl"}) {
    EXPECT_THAT(message_of(ErrorCode::kUnsupported, [&] { read_records(kind, path); }),
                HasSubstr("is UTF-16"));
  }
}

TEST(WholeFiles, SayWhatTheyAre) {
  const TestFolder folder;
  const auto records = read_records("epub", folder.write("a.epub", "PK"));
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].type, ContentType::kEpub);
  EXPECT_EQ(records[0].bytes, "PK");
  EXPECT_EQ(records[0].name, "");
}

TEST(JsonlReader, TextsMetaAndProblems) {
  const TestFolder folder;
  const fs::path path =
      folder.write("a.jsonl",
                   "\xEF\xBB\xBF{\"text\": \"ha\\u0062ari\", \"language\": \"sw\", \"n\": 1.5, "
                   "\"k\": [1, null]}\r\n"
                   "\n"
                   "{\"text\": \"unfinished\n"
                   "[1]\n"
                   "{\"text\": 5}\n"
                   "{\"title\": \"x\"}\n"
                   "{\"text\": \"bad \xff byte\"}\n"
                   "{\"text\": \"a\"} trailing\n"
                   "{\"licence\": \"CC0\", \"text\": \"last\", \"meta\": {\"url\": \"u\"}}");
  const auto records = read_records("jsonl", path);
  ASSERT_EQ(records.size(), 8u);
  EXPECT_EQ(records[0].bytes, "habari");
  EXPECT_EQ(records[0].language, "sw");
  EXPECT_EQ(records[0].name, "1");
  EXPECT_EQ(dump_json(records[0].meta), R"({"n":1.5,"k":[1,null]})");
  for (size_t i = 1; i < 7; ++i) {
    EXPECT_NE(records[i].problem, "") << i;
    EXPECT_EQ(records[i].bytes, "") << i;
    EXPECT_EQ(records[i].name, std::to_string(i + 2));
  }
  EXPECT_THAT(records[3].problem, HasSubstr("'text' is no string"));
  EXPECT_THAT(records[4].problem, HasSubstr("no text under 'text'"));
  EXPECT_THAT(records[5].problem, HasSubstr("UTF-8"));
  EXPECT_EQ(records[7].bytes, "last");
  EXPECT_EQ(records[7].licence, "CC0");
  EXPECT_EQ(dump_json(records[7].meta), R"({"url":"u"})");
}

TEST(JsonlReader, KeysAreSettable) {
  const TestFolder folder;
  const fs::path path = folder.write(
      "a.jsonl.zst",
      zstd("{\"b\":\"body\",\"t\":\"title\",\"u\":7,\"lang\":\"swa\"}\n{\"b\":\"only\"}\n"));
  const auto joined = read_records("jsonl", path, "{text: [t, b], id: u, language_key: lang}");
  ASSERT_EQ(joined.size(), 2u);
  EXPECT_EQ(joined[0].bytes, "title\n\nbody");
  EXPECT_EQ(joined[0].name, "7");
  EXPECT_EQ(joined[0].language, "swa");
  EXPECT_EQ(joined[1].bytes, "only");
  EXPECT_EQ(joined[1].name, "2");
  const auto html = read_records("jsonl", path, "html: b");
  EXPECT_EQ(html[0].type, ContentType::kHtml);
  EXPECT_EQ(html[0].bytes, "body");
  message_of(ErrorCode::kInvalidArgument,
             [&] { read_records("jsonl", path, "{html: b, text: t}"); });
}

TEST(JsonlReader, OneListIsReadElementByElement) {
  const TestFolder folder;
  const auto records = read_records(
      "jsonl",
      folder.write("a.json", " [\n {\"text\": \"a]},{\\\"\"},\n{\"text\":\n\"b\"}, 7 ]\n"));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].bytes, "a]},{\"");
  EXPECT_EQ(records[1].bytes, "b");
  EXPECT_EQ(records[1].name, "2");
  EXPECT_NE(records[2].problem, "");
  EXPECT_EQ(read_records("jsonl", folder.path() / "a.json", "{}", {0, 5}).size(), 3u);
  EXPECT_EQ(read_records("jsonl", folder.path() / "a.json", "{}", {5, 99}).size(), 0u);
  EXPECT_THAT(message_of(ErrorCode::kCorruptData,
                         [&] { read_records("jsonl", folder.write("c.json", "[1]\n{}")); }),
              HasSubstr("more follows"));
  const auto cut = open_reader("jsonl", folder.write("b.json", "[{\"text\":\"a\"},{\"te"));
  Record record;
  EXPECT_TRUE(cut->next(record));
  EXPECT_EQ(record.bytes, "a");
  EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { cut->next(record); }),
              HasSubstr("cut off"));
}

TEST(JsonlReader, PartsTogetherAreTheWhole) {
  const TestFolder folder;
  std::string text;
  for (int i = 0; i < 50; ++i)
    text += fmt::format("{{\"text\":\"{}\"}}\n", std::string(i % 7, 'x'));
  const fs::path path = folder.write("a.jsonl", text);
  const auto all = read_records("jsonl", path, "{}", {0, text.size()});
  for (uint64_t cut = 0; cut <= text.size(); cut += 13) {
    auto both = read_records("jsonl", path, "{}", {0, cut});
    for (Record& r : read_records("jsonl", path, "{}", {cut, text.size()})) both.push_back(r);
    ASSERT_EQ(both.size(), all.size()) << cut;
    for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(both[i].name, all[i].name);
  }
}

// 200 MB on one line, from a file that is one line of 10 KB over and over in a gzip.
TEST(JsonlReader, AHugeLineIsPassedOverInBoundedMemory) {
  const TestFolder folder;
  const fs::path path = folder.path() / "huge.jsonl.gz";
  {
    std::ofstream out(path, std::ios::binary);
    out << gzip("{\"text\":\"first\"}\n{\"text\":\"");
    const std::string piece = gzip(std::string(1'000'000, 'x'));
    for (int i = 0; i < 200; ++i) out << piece;
    out << gzip("\"}\n{\"text\":\"last\"}\n");
  }
  rusage before, after;
  ::getrusage(RUSAGE_SELF, &before);
  const auto records = read_records("jsonl", path);
  ::getrusage(RUSAGE_SELF, &after);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].bytes, "first");
  EXPECT_THAT(records[1].problem, HasSubstr("above 64.0 MB"));
  EXPECT_EQ(records[2].bytes, "last");
  EXPECT_EQ(records[2].name, "3");
  // Twice the limit, and a third of it while the buffer grows; far below the 200 MB and its parts.
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 210'000);
}

TEST(CsvReader, Rfc4180) {
  const TestFolder folder;
  const fs::path path = folder.write("a.csv",
                                     "\xEF\xBB\xBFid,text,\"the note\"\r\n"
                                     "1,\"two\nlines, a \"\"quote\"\"\",n\r\n"
                                     "\r\n"
                                     "2,plain \"text\",\"\"\n"
                                     "3,too,many,fields\n"
                                     "4,\"\"\"\",\"last\nrow\"");
  const auto records = read_records("csv", path, "id: id");
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].bytes, "two\nlines, a \"quote\"");
  EXPECT_EQ(records[0].name, "1");
  EXPECT_EQ(dump_json(records[0].meta), R"({"the note":"n"})");
  EXPECT_EQ(records[1].bytes, "plain \"text\"");
  EXPECT_THAT(records[2].problem, HasSubstr("4 fields, but the header names 3"));
  EXPECT_EQ(records[3].bytes, "\"");
  EXPECT_EQ(records[3].meta["the note"], "last\nrow");
  EXPECT_THAT(
      message_of(ErrorCode::kInvalidArgument, [&] { read_records("csv", path, "text: body"); }),
      HasSubstr("no column 'body' but 'id', 'text', 'the note'"));
}

TEST(CsvReader, AQuoteWithoutItsPairCostsOneLine) {
  const TestFolder folder;
  const auto records =
      read_records("csv", folder.write("a.csv", "text,n\n\"open,1\nsecond,2\nthird,3\n"));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_THAT(records[0].problem, HasSubstr("quotation mark"));
  EXPECT_EQ(records[1].bytes, "second");
  EXPECT_EQ(records[2].bytes, "third");
}

TEST(TsvReader, QuotesAreText) {
  const TestFolder folder;
  const auto records = read_records(
      "tsv", folder.write("a.tsv", "category\ttext\tempty\n\"sport\ta \"b\" c\t\n\nnews\tx\n"));
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].bytes, "a \"b\" c");
  EXPECT_EQ(dump_json(records[0].meta), R"({"category":"\"sport"})");
  EXPECT_EQ(records[0].name, "2");
  EXPECT_THAT(records[1].problem, HasSubstr("2 fields"));
}

TEST(DictdReader, HeadwordAndTranslations) {
  const TestFolder folder;
  const std::string kitabu = "kitabu <n>\n1.\nbook\n2.\nscripture, Koran\n";
  const std::string vitabu = "vitabu <n>\n\n Plural of {kitabu}: 1. book\n";
  folder.write("d.dict.dz", gzip(kitabu + vitabu));
  const auto digit = [](size_t n) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return std::string(1, kDigits[n]);
  };
  ASSERT_LT(kitabu.size(), 64u);
  const auto records =
      read_records("dictd", folder.write("d.index", "kitabu\tA\t" + digit(kitabu.size()) +
                                                        "\nvitabu\t" + digit(kitabu.size()) + "\t" +
                                                        digit(vitabu.size()) + "\n"));
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].bytes, "kitabu: book; scripture, Koran");
  EXPECT_EQ(records[0].meta["part_of_speech"], "n");
  EXPECT_THAT(records[1].problem, HasSubstr("a form of 'kitabu'"));
  message_of(ErrorCode::kInvalidArgument, [] { read_records("dictd", "-"); });
}

std::string spoken(const Record& record) {
  std::string out;
  if (!record.messages) return "PROBLEM " + record.problem;
  for (const Message& m : *record.messages) out += m.role + ":" + m.content + "|";
  return out;
}

TEST(ChatReader, EveryForm) {
  const TestFolder folder;
  const auto records = read_records(
      "chat",
      folder.write(
          "a.jsonl",
          R"({"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[1]}],"k":1})"
          "\n"
          R"({"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}],"system":"s"})"
          "\n"
          R"({"prompt":"p","completion":"c"})"
          "\n"
          R"({"prompt":[{"role":"user","content":"p"}],"completion":[{"role":"assistant","content":"c"}]})"
          "\n"
          R"({"instruction":"i","input":"x","output":"o"})"
          "\n"
          R"({"instruction":"i","input":"","output":"o"})"
          "\n"
          R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]})"
          "\n"
          R"({"messages":[{"role":"user","content":[{"type":"image","image":"b"}]}]})"
          "\n"
          R"({"text":"no chat"})"
          "\n"
          R"({"messages":[]})"
          "\n"
          R"({"messages":)"
          "\n"));
  std::vector<std::string> out;
  for (const Record& record : records) out.push_back(spoken(record));
  ASSERT_EQ(out.size(), 11u);
  EXPECT_EQ(out[0], "user:hi|assistant:|");
  EXPECT_EQ(dump_json(records[0].messages->at(1).rest), R"({"tool_calls":[1]})");
  EXPECT_EQ(dump_json(records[0].meta), R"({"k":1})");
  EXPECT_EQ(out[1], "system:s|user:a|assistant:b|");
  EXPECT_EQ(out[2], "user:p|assistant:c|");
  EXPECT_EQ(out[3], "user:p|assistant:c|");
  EXPECT_EQ(out[4], "user:i\n\nx|assistant:o|");
  EXPECT_EQ(out[5], "user:i|assistant:o|");
  EXPECT_EQ(out[6], "user:a\nb|");
  EXPECT_THAT(out[7], HasSubstr("no text (a picture"));
  EXPECT_THAT(out[8], HasSubstr("holds no 'messages'"));
  EXPECT_THAT(out[9], HasSubstr("at least one message"));
  EXPECT_THAT(out[10], HasSubstr("PROBLEM"));
}

}  // namespace
}  // namespace fundi::curate
