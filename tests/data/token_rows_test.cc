#include "data/token_rows.h"

#include "base/parallel.h"
#include "tests/data/row_testing.h"

namespace fundi::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// {"n": N, "loss": [[begin, end]...]}: tokens N, N+1...
TokenRow encode(const Json& row) {
  if (row.contains("bad")) fail(ErrorCode::kInvalidArgument, "'bad' is not allowed");
  TokenRow out;
  for (int i = 0; i < row.at("n").get<int>(); ++i) out.tokens.push_back(i);
  for (const Json& range : row.at("loss")) {
    out.loss.push_back({.begin = range.at(0).get<int>(), .end = range.at(1).get<int>()});
  }
  return out;
}

class ReadTokenRows : public ::testing::Test {
 protected:
  ReadTokenRows()
      : file_(fs::temp_directory_path() / ("fundi_rows_" + std::to_string(::getpid()) + ".jsonl")) {
  }
  ~ReadTokenRows() override { fs::remove(file_); }

  ReadTokenRowsCounts read(const std::string& lines, const ReadTokenRowsOptions& options = {}) {
    write_file_atomic(file_, lines);
    rows_ = {};
    return read_token_rows({file_}, encode, options, rows_);
  }
  std::string fails(const std::string& lines, const ReadTokenRowsOptions& options = {}) {
    return message_of(ErrorCode::kInvalidArgument, [&] { read(lines, options); });
  }
  std::vector<int32_t> targets(const Piece& piece) const {
    std::vector<int32_t> out;
    rows_.each_target(piece, [&](int32_t position) { out.push_back(position); });
    EXPECT_EQ(static_cast<int64_t>(out.size()), rows_.target_count(piece));
    return out;
  }

  fs::path file_;
  TokenRows rows_;
};

TEST_F(ReadTokenRows, KeepsOrderAndRanges) {
  std::string lines;
  for (int i = 2; i < 3000; ++i) {
    lines += "{\"n\": " + std::to_string(2 + i % 7) + ", \"loss\": [[1, 2]]}\n";
  }
  read(lines);
  ASSERT_EQ(rows_.size(), 2998);
  for (int64_t i = 0; i < rows_.size(); ++i) {
    ASSERT_EQ(static_cast<int64_t>(rows_.tokens(i).size()), 2 + (i + 2) % 7);
    ASSERT_THAT(rows_.loss(i), ElementsAre(TokenRange{1, 2}));
  }
}

TEST_F(ReadTokenRows, FirstOfAPieceIsNoTarget) {
  read(R"({"n": 10, "loss": [[0, 2], [4, 8]]})");
  EXPECT_THAT(targets({0, 0, 10}), ElementsAre(1, 4, 5, 6, 7));
  EXPECT_THAT(targets({0, 4, 3}), ElementsAre(1, 2));  // tokens 4, 5, 6
  EXPECT_THAT(targets({0, 7, 3}), ElementsAre());
  EXPECT_THAT(targets({0, 2, 4}), ElementsAre(2, 3));
  EXPECT_THAT(rows_.tokens(Piece{0, 4, 3}), ElementsAre(4, 5, 6));
}

TEST_F(ReadTokenRows, CutsLongRows) {
  const auto counts = read("{\"n\": 9, \"loss\": [[1, 2], [3, 9]]}\n{\"n\": 4, \"loss\": [[0, 4]]}",
                           {.max_length = 5});
  EXPECT_EQ(counts.truncated, 1);
  EXPECT_EQ(rows_.token_count(), 9);
  EXPECT_THAT(rows_.loss(0), ElementsAre(TokenRange{1, 2}, TokenRange{3, 5}));
}

TEST_F(ReadTokenRows, RowsWithoutLossAreNamed) {
  const std::string good = "{\"n\": 4, \"loss\": [[1, 4]]}\n";
  EXPECT_THAT(fails(good + "\n{\"n\": 4, \"loss\": []}"), HasSubstr(".jsonl:3: no token"));
  EXPECT_THAT(fails(good + "{\"n\": 4, \"loss\": [[0, 1]]}"), HasSubstr(".jsonl:2: no token"));
  EXPECT_THAT(fails(good + "{\"n\": 9, \"loss\": [[6, 9]]}", {.max_length = 5}),
              HasSubstr(".jsonl:2: cut to max_length 5"));
  EXPECT_EQ(read(good + "{\"n\": 0, \"loss\": []}", {.skip_empty = true}).empty, 1);
  EXPECT_EQ(rows_.size(), 1);
}

TEST_F(ReadTokenRows, TheFirstFaultIsReported) {
  std::string lines;
  for (int i = 0; i < 500; ++i) lines += "{\"bad\": 1}\n";
  EXPECT_THAT(fails(lines + "not json\n"), HasSubstr(".jsonl:1: 'bad' is not allowed"));
}

TEST_F(ReadTokenRows, BrokenJsonIsNamed) {
  const std::string lines = "{\"n\": 4, \"loss\": [[1, 4]]}\n{\"n\": ";
  EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { read(lines); }), HasSubstr(".jsonl:2"));
  EXPECT_THROW(read_token_rows({"/nowhere.jsonl"}, encode, {}, rows_), Error);
}

TEST_F(ReadTokenRows, FingerprintTellsRowsApart) {
  read(R"({"n": 4, "loss": [[1, 4]]})");
  const uint64_t first = rows_.fingerprint();
  read(R"({"n": 4, "loss": [[1, 4]]})");
  EXPECT_EQ(rows_.fingerprint(), first);
  read(R"({"n": 4, "loss": [[2, 4]]})");
  EXPECT_NE(rows_.fingerprint(), first);
  read("{\"n\": 2, \"loss\": [[1, 2]]}\n{\"n\": 2, \"loss\": [[1, 2]]}");
  EXPECT_NE(rows_.fingerprint(), first);
}

}  // namespace
}  // namespace fundi::data
