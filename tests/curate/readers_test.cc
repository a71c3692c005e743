#include "curate/readers/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
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

// Records of a dictionary with these entries, below 4,096 bytes in all, and then these rows.
std::vector<Record> read_dictionary(const std::vector<std::pair<std::string, std::string>>& entries,
                                    const std::string& rows = "") {
  const TestFolder folder;
  const auto number = [](size_t n) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return std::string{kDigits[n / 64], kDigits[n % 64]};
  };
  std::string index, dict;
  for (const auto& [word, text] : entries) {
    index += word + "\t" + number(dict.size()) + "\t" + number(text.size()) + "\n";
    dict += text;
  }
  folder.write("d.dict.dz", gzip(dict));
  return read_records("dictd", folder.write("d.index", index + rows));
}

TEST(DictdReader, HeadwordAndTranslations) {
  const auto records =
      read_dictionary({{"kitabu", "kitabu <n>\n1.\nbook\n2.\nscripture, Koran\n"},
                       {"vitabu", "vitabu <n>\n\n Plural of {kitabu}: 1. book\n 2. scripture\n"}});
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].bytes, "kitabu: book; scripture, Koran");
  EXPECT_EQ(records[0].meta["part_of_speech"], "n");
  EXPECT_EQ(records[1].bytes, "vitabu <n>\n\nPlural of {kitabu}: 1. book\n2. scripture");
  message_of(ErrorCode::kInvalidArgument, [] { read_records("dictd", "-"); });
}

// As WordNet, the Jargon File, and others that show no headword have them.
TEST(DictdReader, IndentedDefinitionsAreText) {
  const auto records = read_dictionary(
      {{"dog",
        "dog\n    n 1: a member of the genus Canis\n         that occurs in\n"
        "         many breeds\n    2: a dull girl\n    v 1: go after\n"},
       {"trit",
        "trit\n /trit/, n.\n\n    One base-3 digit; the amount\n    of information.\n\n\n"
        "    See {bit}.\n"},
       {"mbwa", "   a dog: it barks\n"},
       {"a: b", "a: b <n>\n\nc\n"},
       {"Paka", "paka\n\n"},
       {"empty", ""},
       {"in", "   informal preposition\n"}});
  ASSERT_EQ(records.size(), 7u);
  EXPECT_EQ(records[0].bytes,
            "dog\nn 1: a member of the genus Canis that occurs in many breeds\n2: a dull girl\n"
            "v 1: go after");
  EXPECT_EQ(records[1].bytes,
            "trit\n/trit/, n.\n\nOne base-3 digit; the amount\nof information.\n\nSee {bit}.");
  EXPECT_EQ(records[2].bytes, "mbwa\na dog: it barks");
  EXPECT_EQ(records[3].bytes, "a: b <n>\n\nc");
  EXPECT_EQ(records[4].problem, "'paka' has no definition");
  EXPECT_EQ(records[5].problem, "'empty' has no definition");
  EXPECT_EQ(records[6].bytes, "in\ninformal preposition");
}

TEST(DictdReader, BadRowsOfTheIndexAreQuarantinedAlone) {
  const auto records = read_dictionary(
      {{"ant", "ant <n>\n\nchungu\n"}, {"bee", "bee <n>\n\nnyuki\n"}}, "past\t//\tB\nno tabs\n");
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].bytes, "ant: chungu");
  EXPECT_EQ(records[1].bytes, "bee: nyuki");
  EXPECT_EQ(records[2].name, "line 3");
  EXPECT_EQ(records[2].problem,
            "line 3 of the index: points at bytes 4095 to 4096 of a dictionary of 31");
  EXPECT_THAT(records[3].problem, HasSubstr("line 4 of the index: needs headword"));
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

std::string nested(int levels) {
  return std::string(static_cast<size_t>(levels), '[') +
         std::string(static_cast<size_t>(levels), ']');
}

// {"k0":0,"k1":1,...,"k0":"last"}
std::string many_keys(int n) {
  std::string object = "{";
  for (int i = 0; i < n; ++i) object += fmt::format("\"k{}\":{},", i, i);
  return object + "\"k0\":\"last\"}";
}

TEST(JsonlReader, WhatIsNestedTooDeepToBeWrappedIsAProblem) {
  const TestFolder folder;
  std::string rows;
  for (const int levels : {100, 127, 128, 255, 256, 1000, 2000}) {
    rows += fmt::format("{{\"text\":\"x\",\"m\":{}}}\n", nested(levels));
  }
  rows += fmt::format("{{\"text\":5,\"m\":{}}}\n", nested(256));
  const auto records = read_records("jsonl", folder.write("a.jsonl", rows));
  ASSERT_EQ(records.size(), 8u);
  for (const size_t i : {0, 1}) {
    EXPECT_EQ(records[i].problem, "");
    EXPECT_EQ(dump_json(records[i].meta["m"]), nested(i == 0 ? 100 : 127));
  }
  for (const size_t i : {2, 3, 4, 5, 7}) {
    EXPECT_EQ(records[i].problem, "nested deeper than 128 levels") << i;
    EXPECT_EQ(records[i].meta.size(), 0u);
  }
  EXPECT_NE(records[6].problem, "");
  EXPECT_EQ(records[6].meta.size(), 0u);
}

// Had each key to be compared with all others, these would take many minutes.
TEST(JsonlReader, ManyKeysTakeTimeByTheirNumber) {
  const TestFolder folder;
  const std::string object = many_keys(300'000);
  const fs::path path = folder.write(
      "a.jsonl", fmt::format("{{\"text\":\"x\",\"meta\":{}}}\n{{\"text\":\"x\",\"o\":{}}}\n{}",
                             object, object, object));
  const auto records = read_records("jsonl", path, "text: [text, k1000]");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].meta.size(), 300'000u);
  EXPECT_EQ(records[0].meta.begin().key(), "k0");
  EXPECT_EQ(records[0].meta.begin().value(), "last");
  EXPECT_EQ(records[1].meta["o"], records[0].meta);
  EXPECT_EQ(records[2].problem, "'k1000' is no string");
}

TEST(JsonlReader, TheMetaOfAShardAndItsNeighboursAreOne) {
  const TestFolder folder;
  const auto records = read_records(
      "jsonl",
      folder.write("a.jsonl", R"({"a":1,"text":"x","meta":{"b":2,"a":3},"b":4,"meta":"m","a":5})"));
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(dump_json(records[0].meta), R"({"a":5,"b":4,"meta":"m"})");
}

TEST(JsonlReader, ConversationsAreToldOfTheirFormat) {
  const TestFolder folder;
  const auto records =
      read_records("jsonl", folder.write("a.jsonl",
                                         "{\"messages\":[]}\n"
                                         "{\"conversations\":[]}\n"
                                         "{\"prompt\":\"p\",\"completion\":\"c\"}\n"
                                         "{\"instruction\":\"i\"}\n"
                                         "{\"title\":\"t\"}\n"));
  ASSERT_EQ(records.size(), 5u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(records[i].problem, "no text under 'text'; for conversations set 'format: chat'");
  }
  EXPECT_EQ(records[4].problem, "no text under 'text'");
}

TEST(ChatReader, ReadsWhatFundiWrites) {
  const TestFolder folder;
  const auto records = read_records(
      "chat",
      folder.write("a.jsonl",
                   R"({"id":"s/a:1","text":"a\n\nb","source":"s","licence":"L","language":"sw",)"
                   R"("meta":{"k":1},"messages":[{"role":"user","content":"a"},)"
                   R"({"role":"assistant","content":"b"}]})"
                   "\n"),
      "id: id");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].name, "s/a:1");
  EXPECT_EQ(dump_json(records[0].meta), R"({"source":"s","k":1})");
}

TEST(RowReaders, AnIdByAnotherNameStaysInTheMeta) {
  const TestFolder folder;
  const std::string url = R"({"url":"https://a.example/"})";
  for (const auto& [kind, text] :
       {std::pair("jsonl", R"({"text":"t","url":"https://a.example/"})"),
        std::pair("csv", "text,url\nt,https://a.example/\n"),
        std::pair("chat", R"({"prompt":"p","completion":"c","url":"https://a.example/"})")}) {
    const auto records = read_records(kind, folder.write("a.rows", text), "id: url");
    ASSERT_EQ(records.size(), 1u) << kind;
    EXPECT_EQ(records[0].name, "https://a.example/") << kind;
    EXPECT_EQ(dump_json(records[0].meta), url) << kind;
  }
}

TEST(ChatReader, ABadTurnIsAProblemOfItsRow) {
  const TestFolder folder;
  const auto records = read_records(
      "chat",
      folder.write(
          "a.jsonl",
          R"({"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b","role":5}]})"
          "\n"
          R"({"conversations":[{"from":"gpt","value":"b","content":{}}]})"
          "\n"
          R"({"conversations":[{"from":"gpt","value":"b","role":null,"n":1}]})"
          "\n"
          R"({"messages":[{"role":"user","content":"a","k":)" +
              nested(126) + "}]}\n" + R"({"messages":[{"role":"user","content":"a"}],"k":)" +
              nested(128) + "}\n"));
  ASSERT_EQ(records.size(), 5u);
  EXPECT_THAT(spoken(records[0]), HasSubstr("PROBLEM 'conversations[1]': 'role' must be a string"));
  EXPECT_THAT(spoken(records[1]), HasSubstr("'content' must be a string, not object"));
  EXPECT_EQ(spoken(records[2]), "assistant:b|");
  EXPECT_EQ(dump_json(records[2].messages->at(0).rest), R"({"n":1})");
  for (const size_t i : {3, 4}) {
    EXPECT_EQ(records[i].problem, "nested deeper than 128 levels");
    EXPECT_EQ(records[i].meta.size(), 0u);
  }
}

TEST(ChatReader, ManyKeysTakeTimeByTheirNumber) {
  const TestFolder folder;
  std::string turn = many_keys(300'000);
  turn.insert(1, "\"role\":\"user\",\"content\":\"a\",");
  const fs::path path = folder.write("a.jsonl", "{\"messages\":[" + turn + "]}");
  const auto records = read_records("chat", path);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].messages->at(0).rest.size(), 300'000u);
  EXPECT_EQ(records[0].messages->at(0).rest["k0"], "last");
}

TEST(Tables, QuotesAreASetting) {
  const TestFolder folder;
  const std::string rows =
      "id\ttext\tnote\r\n"
      "1\t\"two\nlines,\ta \"\"quote\"\"\"\tn\r\n"
      "2\tplain \"text\"\t\"\"\n";
  const auto quoted = read_records("tsv", folder.write("a.tsv", rows), "{id: id, quotes: true}");
  ASSERT_EQ(quoted.size(), 2u);
  EXPECT_EQ(quoted[0].bytes, "two\nlines,\ta \"quote\"");
  EXPECT_EQ(quoted[0].name, "1");
  EXPECT_EQ(dump_json(quoted[0].meta), R"({"note":"n"})");
  EXPECT_EQ(quoted[1].bytes, "plain \"text\"");
  const auto plain =
      read_records("csv", folder.write("a.csv", "text,n\n\"open,1\n\"b\",\"\"\n"), "quotes: false");
  ASSERT_EQ(plain.size(), 2u);
  EXPECT_EQ(plain[0].bytes, "\"open");
  EXPECT_EQ(plain[1].bytes, "\"b\"");
  EXPECT_EQ(plain[1].meta["n"], "\"\"");
}

TEST(Tables, TheFirstRowNamesTheColumns) {
  const TestFolder folder;
  for (const char* kind : {"csv", "tsv"}) {
    for (const char* nothing : {"", "\xEF\xBB\xBF"}) {
      EXPECT_THAT(read_records(kind, folder.write("a", nothing), "id: id"), IsEmpty());
    }
    const auto fault = [&](std::string text) {
      if (kind == std::string("tsv")) std::ranges::replace(text, ',', '\t');
      return message_of(ErrorCode::kInvalidArgument,
                        [&] { read_records(kind, folder.write("a", text)); });
    };
    EXPECT_THAT(fault("\n1\n"), HasSubstr("its first row must name the columns"));
    EXPECT_THAT(fault(",body\n0,x\n"), HasSubstr("the text: 'text: body'"));
  }
}

TEST(Tables, ALongRowIsPassedOver) {
  const TestFolder folder;
  const auto records = read_records(
      "tsv", folder.write("a.tsv", "text\n" + std::string(150'000'000, 'x') + "\nlast\n"));
  ASSERT_EQ(records.size(), 2u);
  EXPECT_THAT(records[0].problem, HasSubstr("a row above 64.0 MB"));
  EXPECT_EQ(records[1].bytes, "last");
  EXPECT_EQ(records[1].name, "3");
}

TEST(Tables, ManyColumnsTakeTimeByTheirNumber) {
  const TestFolder folder;
  std::string header = "text", row = "x";
  for (int i = 0; i < 300'000; ++i) {
    header += fmt::format(",c{}", i);
    row += ",1";
  }
  const fs::path path = folder.write("a.csv", header + ",c0\n" + row + ",last\n");
  const auto records = read_records("csv", path);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].meta.size(), 300'000u);
  EXPECT_EQ(records[0].meta["c0"], "last");
}

}  // namespace
}  // namespace fundi::curate
