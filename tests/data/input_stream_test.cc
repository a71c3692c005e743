#include "data/input_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "data/input_buffer.h"
#include "tests/data/input_testing.h"
#include "tests/error_testing.h"

namespace fundi::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Letters that pack to about half.
std::string some_text(size_t size) {
  Random random(7);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('a' + random.below(16));
  return text;
}

struct Content {
  std::string bytes, fault;
};

Content read_content(const fs::path& path, size_t step = 10'000) {
  InputStream stream(path);
  Content content;
  std::string buffer(step, '\0');
  try {
    while (const size_t n = stream.read(buffer)) content.bytes.append(buffer, 0, n);
    EXPECT_EQ(stream.bytes_read(), fs::file_size(path));
    EXPECT_EQ(stream.read(buffer), 0u);  // the end stays the end
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kCorruptData);
    content.fault = e.what();
  }
  return content;
}

TEST(InputStream, UnpacksByTheFirstBytesNotByTheName) {
  const TestFolder folder;
  const std::string a = some_text(300'000), b = "tail\n";
  for (const std::string& bytes :
       {a + b, gzip(a) + gzip(b), zstd(a) + zstd(b), gzip(a + b) + std::string(600, '\0'),
        "\x50\x2a\x4d\x18\x03" + std::string(3, '\0') + "xyz" + zstd(a + b)}) {
    const fs::path path = folder.write("file.txt", bytes);
    for (const size_t step : {size_t{1000}, size_t{1} << 20}) {
      const Content content = read_content(path, step);
      EXPECT_EQ(content.fault, "");
      EXPECT_TRUE(content.bytes == a + b) << content.bytes.size();
    }
  }
  EXPECT_EQ(read_content(folder.write("empty", "")).bytes, "");
  EXPECT_EQ(read_content(folder.write("short", "\x1f")).bytes, "\x1f");
}

TEST(InputStream, EverythingBeforeAFaultIsDelivered) {
  const TestFolder folder;
  const std::string text = some_text(1'000'000);
  const auto check = [&](std::string packed, size_t at_least, std::string_view fault) {
    const Content content = read_content(folder.write("data.jsonl.gz", packed));
    EXPECT_THAT(content.fault, HasSubstr("data.jsonl.gz: "));
    EXPECT_THAT(content.fault, HasSubstr(std::string(fault)));
    EXPECT_GE(content.bytes.size(), at_least);
    EXPECT_TRUE(text.starts_with(std::string_view(content.bytes).substr(0, at_least)));
  };
  const std::string gz = gzip(text), zst = zstd(text);
  check(gz.substr(0, gz.size() / 2), 450'000, "truncated");
  check(gz.substr(0, gz.size() - 4), 1'000'000, "truncated");
  check(zst.substr(0, zst.size() / 2), 350'000, "truncated");
  check(zst.substr(0, zst.size() - 1), 850'000, "truncated");
  // A whole member and a broken one after it.
  check(gz + "no gzip", 1'000'000, "damaged gzip");
  check(zst + "no zstd frame", 1'000'000, "damaged zstd");
  std::string flipped = gz;
  flipped[flipped.size() - 6] ^= 1;  // its checksum
  check(flipped, 1'000'000, "damaged gzip");
}

TEST(InputStream, SaysWhatItCannotRead) {
  const TestFolder folder;
  message_of(ErrorCode::kNotFound, [&] { InputStream(folder.path() / "none"); });
  message_of(ErrorCode::kInvalidArgument, [&] { InputStream{folder.path()}; });
  EXPECT_THAT(message_of(ErrorCode::kUnsupported,
                         [&] { InputStream(folder.write("a.bz2", "BZh91AY&SY")); }),
              HasSubstr("pack it by gzip or zstd"));
  const fs::path packed = folder.write("a.gz", gzip("text"));
  message_of(ErrorCode::kInvalidArgument, [&] { InputStream(packed, 2); });
}

std::vector<std::string> lines_of(LineReader& reader) {
  std::vector<std::string> lines;
  std::string_view line;
  while (reader.next(line)) {
    lines.push_back(reader.name() + " " + (reader.too_long() ? "TOO LONG" : std::string(line)));
  }
  return lines;
}

TEST(LineReader, MarksAndLineEndsAreLeftOut) {
  const TestFolder folder;
  LineReader reader(folder.write("a", "\xEF\xBB\xBFone\r\n\nthree\nfour"));
  EXPECT_THAT(lines_of(reader), ElementsAre("1 one", "2 ", "3 three", "4 four"));
}

TEST(LineReader, LongLinesArePassedOverInBoundedMemory) {
  const TestFolder folder;
  const fs::path path = folder.write("a", "one\n" + some_text(3'000'000) + "\nthree\n");
  LineReader reader(path, {}, 100'000);
  EXPECT_THAT(lines_of(reader), ElementsAre("1 one", "2 TOO LONG", "3 three"));
  LineReader exact(path, {}, 3'000'000);
  EXPECT_EQ(lines_of(exact)[1].size(), 3'000'002u);
}

// However a file is cut, each line is read exactly once.
TEST(LineReader, PartsTogetherAreTheWhole) {
  const TestFolder folder;
  std::string text;
  for (int i = 0; i < 40; ++i) text += std::string(static_cast<size_t>(i * 7 % 11), 'x') + "\n";
  text += "last";
  const fs::path path = folder.write("a", text);
  std::vector<std::string> all;
  LineReader whole(path, {0, text.size()});
  all = lines_of(whole);
  EXPECT_EQ(all.size(), 41u);
  for (uint64_t cut = 0; cut <= text.size(); ++cut) {
    LineReader first(path, {0, cut}), second(path, {cut, text.size()});
    std::vector<std::string> both = lines_of(first);
    for (std::string& line : lines_of(second)) both.push_back(line);
    ASSERT_EQ(both, all) << cut;
  }
}

}  // namespace
}  // namespace fundi::data
