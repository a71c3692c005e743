#include "data/jsonl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/data/input_testing.h"

namespace fundi::data {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class JsonlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::temp_directory_path() / fmt::format("fundi_jsonl_{}.jsonl", ::getpid());
  }
  void TearDown() override { fs::remove(path_); }
  JsonlReader reader(std::string_view text) {
    write_file_atomic(path_, text);
    return JsonlReader(path_);
  }
  template <typename Body>
  static std::string error_of(ErrorCode code, Body body) {
    try {
      body();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
  fs::path path_;
};

TEST_F(JsonlTest, ReadsRowsWithTheirLines) {
  auto in = reader("\xef\xbb\xbf{\"a\":1}\r\n\n   \t\r\n{\"a\":2}\n  {\"a\":3}");
  JsonlRow row;
  std::vector<std::pair<int64_t, int>> rows;
  while (in.next(row)) rows.emplace_back(row.line, row.json["a"].get<int>());
  EXPECT_EQ(rows, (std::vector<std::pair<int64_t, int>>{{1, 1}, {4, 2}, {5, 3}}));
  EXPECT_FALSE(in.next(row));
}

TEST_F(JsonlTest, EmptyFile) {
  JsonlRow row;
  EXPECT_FALSE(reader("").next(row));
  EXPECT_FALSE(reader("\n\n").next(row));
}

TEST_F(JsonlTest, LinesLongerThanTheBuffer) {
  const std::string big(1'000'000, 'x');
  auto in = reader("{\"a\":\"" + big + "\"}\n{\"a\":\"b\"}\n");
  JsonlRow row;
  ASSERT_TRUE(in.next(row));
  EXPECT_EQ(row.json["a"].get<std::string>(), big);
  ASSERT_TRUE(in.next(row));
  EXPECT_EQ(row.line, 2);
}

TEST_F(JsonlTest, MalformedRowsNameTheirLine) {
  const std::string name = path_.string();
  auto in = reader("{\"a\":1}\n\n{\"a\":}\n[1]\n{\"a\":\"\xff\"}\n{\"a\":6}\n");
  JsonlRow row;
  ASSERT_TRUE(in.next(row));
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { in.next(row); }), StartsWith(name + ":3:6:"));
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { in.next(row); }),
              StartsWith(name + ":4: expected an object, found array"));
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { in.next(row); }), StartsWith(name + ":5:"));
  ASSERT_TRUE(in.next(row));
  EXPECT_EQ(row.line, 6);
  EXPECT_EQ(in.where(), name + ":6");
  auto deep = reader("\n{\"a\":" + std::string(10'000, '['));
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { deep.next(row); }),
              StartsWith(name + ":2: nested"));
}

TEST_F(JsonlTest, PackedRowsAndAList) {
  const std::string rows = "{\"a\":1}\n{\"a\":2}\n";
  for (const std::string& bytes :
       {gzip(rows), zstd(rows), std::string("[{\"a\":1},\n {\"a\":2}]")}) {
    auto in = reader(bytes);
    JsonlRow row;
    ASSERT_TRUE(in.next(row));
    ASSERT_TRUE(in.next(row));
    EXPECT_EQ(row.line, 2);
    EXPECT_EQ(row.json["a"], 2);
    EXPECT_FALSE(in.next(row));
  }
  auto torn = reader(zstd(rows).substr(0, 20));
  JsonlRow row;
  EXPECT_THAT(error_of(ErrorCode::kCorruptData,
                       [&] {
                         while (torn.next(row)) continue;
                       }),
              HasSubstr("truncated"));
}

TEST_F(JsonlTest, TooLongALine) {
  auto in = reader(std::string(kMaxRecord + 1, ' '));
  JsonlRow row;
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { in.next(row); }),
              HasSubstr(":1: a line longer than 64"));
}

TEST_F(JsonlTest, MissingFileAndFolder) {
  error_of(ErrorCode::kNotFound, [] { JsonlReader("/nonexistent.jsonl"); });
  error_of(ErrorCode::kInvalidArgument, [] { JsonlReader(fs::temp_directory_path()); });
}

TEST_F(JsonlTest, WriterIsAtomic) {
  {
    JsonlWriter out(path_);
    out.write({{"text", "habari\nza"}});
    EXPECT_FALSE(fs::exists(path_));
  }
  EXPECT_FALSE(fs::exists(path_));
  JsonlWriter out(path_);
  out.write({{"b", "Å"}, {"a", 1}});
  out.write(Json::object());
  out.commit();
  EXPECT_EQ(out.rows(), 2);
  EXPECT_EQ(read_file(path_), "{\"b\":\"Å\",\"a\":1}\n{}\n");
}

TEST_F(JsonlTest, TypedAccess) {
  const Json row = {{"s", "x"}, {"n", 1}, {"z", nullptr}};
  EXPECT_EQ(require_string(row, "s", "f:1"), "x");
  EXPECT_EQ(optional_string(row, "none", "f:1", "d"), "d");
  EXPECT_EQ(optional_string(row, "z", "f:1"), "");
  EXPECT_EQ(error_of(ErrorCode::kCorruptData, [&] { require_string(row, "t", "f:1"); }),
            "f:1: 't' is missing");
  EXPECT_EQ(error_of(ErrorCode::kCorruptData, [&] { require_string(row, "n", "f:1"); }),
            "f:1: 'n' must be a string, but is number");
  error_of(ErrorCode::kCorruptData, [&] { optional_string(row, "n", "f:1"); });
  error_of(ErrorCode::kCorruptData, [&] { require_string(Json(1), "n", "f:1"); });
}

}  // namespace
}  // namespace fundi::data
