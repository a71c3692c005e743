#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "curate/readers/http.h"
#include "tests/curate/readers_testing.h"
#include "tests/error_testing.h"

namespace fundi::curate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string warc_record(std::string_view type, std::string_view block, size_t length,
                        std::string_view uri = "http://a.example/") {
  return fmt::format(
      "WARC/1.0\r\nWARC-Type: {}\r\nWARC-Target-URI: {}\r\nWARC-Date: 2024-05-01T00:00:00Z\r\n"
      "content-length: {}\r\n\r\n{}\r\n\r\n",
      type, uri, length, block);
}
std::string warc_record(std::string_view type, std::string_view block) {
  return warc_record(type, block, block.size());
}
std::string page(std::string_view body, std::string_view headers = "") {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=ISO-8859-1\r\n{}\r\n{}",
                     headers, body);
}

std::vector<std::string> summaries(const std::vector<Record>& records) {
  std::vector<std::string> out;
  for (const Record& r : records) out.push_back(r.problem.empty() ? r.bytes : "! " + r.problem);
  return out;
}

TEST(WarcReader, PagesTextsAndWhatIsPassedOver) {
  const TestFolder folder;
  const std::string file =
      warc_record("warcinfo", "software: x\r\n") +
      warc_record("request", "GET / HTTP/1.1\r\n\r\n") + warc_record("response", page("<p>one")) +
      warc_record("conversion", "plain text") +
      warc_record("response", "HTTP/1.1 404 Not Found\r\n\r\nnone") +
      warc_record("response", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nPNG");
  for (const std::string& bytes : {file, gzip(file), zstd(file)}) {
    const auto records = read_records("warc", folder.write("a.warc.gz", bytes));
    EXPECT_THAT(summaries(records), ElementsAre("<p>one", "plain text", "! HTTP status 404",
                                                "! content type 'image/png' is not read"));
    EXPECT_EQ(records[0].name, "3");
    EXPECT_EQ(records[0].type, ContentType::kHtml);
    EXPECT_EQ(records[0].charset, "iso-8859-1");
    EXPECT_EQ(dump_json(records[0].meta),
              R"({"url":"http://a.example/","date":"2024-05-01T00:00:00Z"})");
    EXPECT_EQ(records[1].type, ContentType::kText);
  }
}

// As Common Crawl packs them: a gzip member a record.
TEST(WarcReader, AMemberARecord) {
  const TestFolder folder;
  const std::string bytes =
      gzip(warc_record("response", page("a"))) + gzip(warc_record("response", page("b")));
  EXPECT_THAT(summaries(read_records("warc", folder.write("a", bytes))), ElementsAre("a", "b"));
}

TEST(WarcReader, LyingLengthsCostOneRecord) {
  const TestFolder folder;
  const std::string good = warc_record("response", page("good"));
  const std::string bad = page("<p>bad");
  for (const size_t length :
       {size_t{0}, bad.size() - 3, bad.size() + 4, bad.size() + good.size() - 2, size_t{1'000'000},
        size_t{63'999'999}, size_t{64'000'001}, size_t{1} << 62}) {
    const std::string bytes = good + warc_record("response", bad, length) + good + good;
    const auto records = read_records("warc", folder.write("a.warc", bytes));
    ASSERT_EQ(records.size(), 4u) << length;
    EXPECT_EQ(records[0].bytes, "good");
    EXPECT_NE(records[1].problem, "") << length;
    EXPECT_EQ(records[1].meta["url"], "http://a.example/");
    EXPECT_EQ(records[2].bytes, "good") << length;
    EXPECT_EQ(records[3].bytes, "good") << length;
  }
}

TEST(WarcReader, MissingLengthsAndGarbage) {
  const TestFolder folder;
  const std::string good = warc_record("response", page("good"));
  const auto records = read_records(
      "warc",
      folder.write("a.warc",
                   "garbage\n" + good + "WARC/1.0\r\nWARC-Type: response\r\n\r\nx\r\n\r\n" +
                       "junk\n" + good + "WARC/1.0\r\nContent-Length: 12x\r\n\r\n\r\n" + good +
                       warc_record("response", page("cut"), 400) + "WARC/1.0\r\nWARC-Ty"));
  EXPECT_THAT(summaries(records),
              ElementsAre("good", HasSubstr("Content-Length is missing"), "good",
                          HasSubstr("Content-Length is missing"), "good",
                          HasSubstr("Content-Length of 400 is wrong"), HasSubstr("has no end")));
  message_of(ErrorCode::kCorruptData,
             [&] { read_records("warc", folder.write("b.warc", "no archive at all\n")); });
  EXPECT_EQ(read_records("warc", folder.write("c.warc", "")).size(), 0u);
}

TEST(WarcReader, APageThatIsCutOffIsDamaged) {
  const TestFolder folder;
  const std::string body = gzip("<p>page");
  const std::string cut = page(body.substr(0, 12), "Content-Encoding: gzip\r\n");
  const std::string bytes = warc_record("response", cut) +
                            warc_record("response", page(body, "Content-Encoding: gzip\r\n"));
  EXPECT_THAT(summaries(read_records("warc", folder.write("a.warc", bytes))),
              ElementsAre("! the packed body is cut off", "<p>page"));
}

TEST(WarcReader, TruncatedGzipKeepsWhatIsWhole) {
  const TestFolder folder;
  const std::string member = gzip(warc_record("response", page("good")));
  for (size_t cut = 1; cut < member.size(); cut += 2) {
    const auto reader =
        open_reader("warc", folder.write("a.warc.gz", member + member.substr(0, cut)));
    Record record;
    int good = 0;
    EXPECT_THAT(message_of(ErrorCode::kCorruptData,
                           [&] {
                             while (reader->next(record)) good += record.bytes == "good";
                           }),
                HasSubstr("truncated"));
    EXPECT_GE(good, 1) << cut;
  }
}

std::string body_of(std::string_view response) {
  const Result<HttpResponse> parsed = parse_http_response(response, 100'000);
  return parsed.ok() ? parsed.value().body : std::string("! ") + parsed.error().what();
}

TEST(HttpResponse, TransferAndContentEncodings) {
  EXPECT_EQ(body_of(page("3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n")),
            "abcde");
  EXPECT_EQ(body_of(page("plain after all", "Transfer-Encoding: chunked\r\n")), "plain after all");
  EXPECT_EQ(body_of(page("ffffffffffffffff\r\nabc", "Transfer-Encoding: chunked\r\n")), "abc");
  EXPECT_EQ(body_of(page(gzip("zipped"), "Content-Encoding: gzip\r\n")), "zipped");
  EXPECT_EQ(body_of(page(gzip("zipped").substr(2, 9999), "Content-Encoding: identity\r\n")).size(),
            gzip("zipped").size() - 2);
  EXPECT_EQ(body_of(page("<p>plain", "Content-Encoding: gzip\r\n")), "<p>plain");
  EXPECT_EQ(body_of(page("<p>plain", "Content-Encoding: br\r\n")), "<p>plain");
  EXPECT_THAT(body_of(page("\x8b\x01", "Content-Encoding: br\r\n")), HasSubstr("'br'"));
  EXPECT_THAT(body_of(page(gzip(std::string(200'000, 'x')), "Content-Encoding: gzip\r\n")),
              HasSubstr("unpacks to more than"));
  EXPECT_THAT(body_of("GET / HTTP/1.1\r\n\r\n"), HasSubstr("no HTTP response"));
  EXPECT_EQ(body_of("HTTP/1.0 200 OK\nContent-Type: text/html\n\nunix line ends"),
            "unix line ends");
}

TEST(HttpResponse, PackedBodiesThatAreCutOffOrDamaged) {
  const std::string packed = gzip("<p>" + std::string(300, 'x') + "</p>");
  for (size_t cut = 1; cut < packed.size(); ++cut) {
    EXPECT_EQ(body_of(page(packed.substr(0, cut), "Content-Encoding: gzip\r\n")),
              "! the packed body is cut off")
        << cut;
  }
  const std::string deflated = packed.substr(10, packed.size() - 18);
  EXPECT_EQ(body_of(page(deflated, "Content-Encoding: deflate\r\n")).size(), 307u);
  EXPECT_EQ(body_of(page(deflated.substr(0, 9), "Content-Encoding: deflate\r\n")),
            "! the packed body is cut off");
  std::string damaged = packed;
  damaged[2] = 0;
  EXPECT_EQ(body_of(page(damaged, "Content-Encoding: gzip\r\n")), "! the packed body is damaged");
  damaged = packed;
  damaged[packed.size() - 6] ^= 0x55;  // in its checksum
  EXPECT_EQ(body_of(page(damaged, "Content-Encoding: gzip\r\n")), "! the packed body is damaged");
  EXPECT_EQ(body_of(page("", "Content-Encoding: gzip\r\n")), "");
  EXPECT_EQ(body_of(page("", "Content-Encoding: deflate\r\n")), "");
}

TEST(HttpResponse, MediaTypes) {
  const MediaType media = MediaType::parse("Text/HTML; Charset=\"UTF-8\"; x=y");
  EXPECT_EQ(media.type, "text/html");
  EXPECT_EQ(media.charset, "utf-8");
  EXPECT_EQ(HeaderLines("A: 1\r\nb : 2\r\n  more\r\n").get("B"), "2 more");
}

}  // namespace
}  // namespace fundi::curate
