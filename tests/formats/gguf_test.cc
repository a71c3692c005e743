#include "formats/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "tests/formats/formats_testing.h"

namespace fundi::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using GgufTest = FormatsTest;

// Puts a file together byte by byte.
class Bytes {
 public:
  template <typename T>
  Bytes& put(T value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  Bytes& raw(std::string_view text) {
    text_ += text;
    return *this;
  }
  Bytes& string(std::string_view text) { return put<uint64_t>(text.size()).raw(text); }
  Bytes& pad(size_t alignment = 32) {
    text_.resize((text_.size() + alignment - 1) / alignment * alignment, '\0');
    return *this;
  }
  Bytes& head(uint64_t tensors, uint64_t keys, uint32_t version = 3) {
    return raw("GGUF").put(version).put(tensors).put(keys);
  }
  Bytes& u32(std::string_view key, uint32_t value) {
    return string(key).put(GgufType::kU32).put(value);
  }
  Bytes& tensor(std::string_view name, const std::vector<uint64_t>& ne, uint32_t type,
                uint64_t offset) {
    string(name).put<uint32_t>(ne.size());
    for (const uint64_t n : ne) put(n);
    return put(type).put(offset);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

GgufHeader parse(const std::string& bytes) {
  return parse_gguf_header(std::as_bytes(std::span(bytes)), "m.gguf");
}
GgufHeader parse(const Bytes& bytes) { return parse(bytes.text()); }

std::string corrupt(const Bytes& bytes) {
  return error_of(ErrorCode::kCorruptData, [&] { parse(bytes); });
}

std::string unsupported(const Bytes& bytes) {
  return error_of(ErrorCode::kUnsupported, [&] { parse(bytes); });
}

constexpr uint32_t kF32 = 0, kQ4_0 = 2, kQ8_0 = 8, kQ4_K = 12, kI8 = 24;

GgufMetadata some_metadata() {
  GgufMetadata metadata;
  metadata.set("general.architecture", GgufValue::string("llama"));
  metadata.set("llama.block_count", GgufValue::u32(2));
  metadata.set("llama.eps", GgufValue::f32(1e-5F));
  metadata.set("tokenizer.ggml.add_bos_token", GgufValue::boolean(true));
  metadata.set("tokenizer.ggml.tokens", GgufValue::strings({"a", "", "ki\u015b"}));
  metadata.set("tokenizer.ggml.scores", GgufValue::f32s({0, -1.5, 3}));
  metadata.set("tokenizer.ggml.token_type", GgufValue::i32s({1, 3, -6}));
  return metadata;
}

TEST_F(GgufTest, ReadsTheReferenceFixture) {
  const auto file = GgufFile::open(data("reference.gguf"));
  EXPECT_EQ(file.version(), 3u);
  const GgufMetadata& metadata = file.metadata();
  EXPECT_EQ(metadata.get<std::string>("general.architecture"), "test");
  EXPECT_EQ(metadata.get<int64_t>("a.u8"), 255);
  EXPECT_EQ(metadata.get<int64_t>("a.i8"), -128);
  EXPECT_EQ(metadata.get<int64_t>("a.u16"), 65535);
  EXPECT_EQ(metadata.get<int64_t>("a.i16"), -32768);
  EXPECT_EQ(metadata.get<int64_t>("a.u32"), 4294967295);
  EXPECT_EQ(metadata.get<int64_t>("a.i32"), -2147483648);
  EXPECT_EQ(metadata.get<int64_t>("a.u64"), int64_t{1} << 62);
  EXPECT_EQ(metadata.get<int64_t>("a.i64"), -(int64_t{1} << 62));
  EXPECT_EQ(metadata.get<double>("a.f32"), 0.25);
  EXPECT_EQ(metadata.get<double>("a.f64"), 1e300);
  EXPECT_TRUE(metadata.get<bool>("a.bool"));
  EXPECT_EQ(metadata.get<std::string>("a.string"), "habari ya asubuhi \u0144");
  EXPECT_THAT(metadata.array<std::string>("a.strings"), ElementsAre("x", "", "yz"));
  EXPECT_THAT(metadata.array<int64_t>("a.i32s"), ElementsAre(1, -2, 3));
  EXPECT_THAT(metadata.array<double>("a.f32s"), ElementsAre(0.5, -2));

  EXPECT_THAT(file.names(), ElementsAre("matrix", "vector", "half", "cube", "blocks"));
  const Tensor matrix = file.tensor("matrix");
  EXPECT_EQ(matrix.shape(), (Shape{2, 3}));
  EXPECT_THAT(matrix.span<float>(), ElementsAre(0.f, .25f, .5f, .75f, 1.f, 1.25f));
  EXPECT_TRUE(matrix.buffer()->external());  // a view, not a copy
  EXPECT_THAT(file.tensor("vector").span<int8_t>(), ElementsAre(-1, 2, -3));
  EXPECT_EQ(static_cast<float>(file.tensor("half").span<Float16>()[1]), -2.f);
  EXPECT_EQ(file.tensor("cube").shape(), (Shape{2, 1, 2}));
  EXPECT_THAT(file.tensor("cube").span<int64_t>(), ElementsAre(1, 2, 3, 4));
  const Tensor blocks = file.tensor("blocks");
  EXPECT_EQ(blocks.dtype(), DType::kQ8_0);
  EXPECT_EQ(blocks.shape(), (Shape{2, 64}));
  const Tensor values = blocks.to_f32();
  for (int i = 0; i < 128; ++i) EXPECT_NEAR(values.data<float>()[i], (i - 64) / 16.0, 0.02) << i;
  EXPECT_THAT(error_of(ErrorCode::kNotFound, [&] { file.tensor("nope"); }),
              HasSubstr("reference.gguf: no tensor 'nope'"));
}

TEST_F(GgufTest, WritesTheReferenceBytes) {
  const auto file = GgufFile::open(data("reference.gguf"));
  std::vector<GgufEntry> entries;
  for (const auto& name : file.names()) {
    const Tensor tensor = file.tensor(name);
    entries.push_back({.name = name, .dtype = tensor.dtype(), .shape = tensor.shape()});
  }
  GgufWriter writer(dir_ / "copy.gguf", file.metadata(), entries);
  for (const auto& name : file.names()) writer.write(file.tensor(name));
  EXPECT_FALSE(fs::exists(dir_ / "copy.gguf"));
  writer.commit();
  EXPECT_EQ(read_file(dir_ / "copy.gguf"), read_file(data("reference.gguf")));
}

TEST_F(GgufTest, TensorsOutliveTheFile) {
  Tensor matrix;
  { matrix = GgufFile::open(data("reference.gguf")).tensor("matrix"); }
  EXPECT_EQ(matrix.span<float>()[5], 1.25f);
}

TEST_F(GgufTest, ReadsVersionTwo) {
  const Bytes bytes = Bytes().head(1, 1, 2).u32("a.b", 7).tensor("w", {2}, kI8, 0).pad().raw("xy");
  write_file_atomic(dir_ / "two.gguf", bytes.text());
  const auto file = GgufFile::open(dir_ / "two.gguf");
  EXPECT_EQ(file.version(), 2u);
  EXPECT_EQ(file.metadata().get<int64_t>("a.b"), 7);
  EXPECT_THAT(file.tensor("w").span<int8_t>(), ElementsAre('x', 'y'));
}

TEST_F(GgufTest, MisalignedTensorsAreCopied) {
  const Bytes bytes = Bytes()
                          .head(2, 1)
                          .u32("general.alignment", 1)
                          .tensor("odd", {1}, kI8, 0)
                          .tensor("w", {1}, kF32, 1)
                          .raw("x")
                          .put(2.5f);
  write_file_atomic(dir_ / "odd.gguf", bytes.text());
  const Tensor w = GgufFile::open(dir_ / "odd.gguf").tensor("w");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(w.raw()) % 4, 0u);
  EXPECT_THAT(w.span<float>(), ElementsAre(2.5f));
}

TEST(GgufHeaderTest, WrittenHeadsComeBack) {
  std::vector<GgufEntry> entries = {
      {.name = "a", .dtype = DType::kF32, .shape = {3}},
      {.name = "b", .dtype = DType::kQ4_K, .shape = {2, 256}},
      {.name = "c", .dtype = DType::kF16, .shape = {2, 3, 4, 5}},
      {.name = "d", .dtype = DType::kBF16, .shape = {}},
  };
  const GgufMetadata metadata = some_metadata();
  std::string bytes = make_gguf_header(metadata, entries, "m.gguf");
  EXPECT_EQ(bytes.size() % 32, 0u);
  EXPECT_THAT((std::vector<uint64_t>{entries[1].offset, entries[2].offset, entries[3].offset}),
              ElementsAre(32u, 320u, 576u));
  bytes.resize(bytes.size() + 578);
  const GgufHeader header = parse(bytes);
  EXPECT_EQ(header.metadata.items(), metadata.items());
  ASSERT_EQ(header.entries.size(), 4u);
  EXPECT_EQ(header.entries[2].shape, (Shape{2, 3, 4, 5}));
  EXPECT_EQ(header.entries[3].shape.rank(), 0);
  bytes.pop_back();
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { parse(bytes); }),
              HasSubstr("truncated: tensor 'd' ends beyond the file"));
}

TEST_F(GgufTest, WriterRefuses) {
  const auto message = [&](GgufEntry entry, const GgufMetadata& metadata = GgufMetadata("m")) {
    return error_of(ErrorCode::kInvalidArgument, [&] {
      GgufWriter(dir_ / "a.gguf", metadata, {entry, entry});
    });
  };
  EXPECT_THAT(message({.name = std::string(64, 'x'), .shape = {1}}), HasSubstr("at most 63"));
  EXPECT_THAT(message({.name = "", .shape = {1}}), HasSubstr("must have a name"));
  EXPECT_THAT(message({.name = "\xff", .shape = {1}}), HasSubstr("UTF-8"));
  EXPECT_THAT(message({.name = "w", .shape = {1}}), HasSubstr("'w' is given twice"));
  EXPECT_THAT(message({.name = "w", .dtype = DType::kBool, .shape = {1}}),
              HasSubstr("is bool, which GGUF files do not hold"));
  EXPECT_THAT(message({.name = "w", .shape = {1, 1, 1, 1, 1}}), HasSubstr("dimensions"));
  EXPECT_THAT(message({.name = "w", .dtype = DType::kQ4_K, .shape = {8, 32}}),
              HasSubstr("rows of 32 elements, which do not fill blocks of q4_k"));
  GgufMetadata odd("m");
  odd.set("general.alignment", GgufValue::u32(48));
  EXPECT_THAT(message({.name = "w", .shape = {1}}, odd), HasSubstr("power of two"));

  GgufWriter writer(dir_ / "a.gguf", some_metadata(), {{.name = "w", .shape = {2}}});
  EXPECT_THAT(error_of(ErrorCode::kInvalidArgument, [&] { writer.commit(); }),
              HasSubstr("1 of 1 tensors are missing"));
  EXPECT_THAT(
      error_of(ErrorCode::kInvalidArgument, [&] { writer.write(Tensor::zeros({3}, DType::kF32)); }),
      HasSubstr("'w' was announced as f32 [2], but is f32 [3] cpu"));
  EXPECT_THAT(
      error_of(ErrorCode::kInvalidArgument, [&] { writer.write(Tensor::zeros({2}, DType::kF32)); }),
      HasSubstr("all 1 tensors are written"));
  EXPECT_FALSE(fs::exists(dir_ / "a.gguf"));
}

TEST(GgufMetadataTest, TypedAccess) {
  const GgufHeader header = parse(Bytes()
                                      .head(0, 3)
                                      .u32("n", 7)
                                      .string("big")
                                      .put(GgufType::kU64)
                                      .put(~uint64_t{0})
                                      .string("list")
                                      .put(GgufType::kArray)
                                      .put(GgufType::kBool)
                                      .put<uint64_t>(2)
                                      .raw(std::string_view("\1\0", 2)));
  const GgufMetadata& metadata = header.metadata;
  EXPECT_EQ(metadata.get<double>("n"), 7.0);
  EXPECT_EQ(metadata.get_optional<int64_t>("absent"), std::nullopt);
  EXPECT_EQ(metadata.find_array<int64_t>("absent"), nullptr);
  EXPECT_THAT(metadata.array<int64_t>("list"), ElementsAre(1, 0));
  const auto message = [](auto body) { return error_of(ErrorCode::kCorruptData, body); };
  EXPECT_EQ(message([&] { metadata.get<std::string>("n"); }),
            "m.gguf: metadata key 'n' is of type u32, where a string is expected");
  EXPECT_EQ(message([&] { metadata.get<bool>("n"); }),
            "m.gguf: metadata key 'n' is of type u32, where a boolean is expected");
  EXPECT_EQ(message([&] { metadata.get<int64_t>("list"); }),
            "m.gguf: metadata key 'list' is of type array of bool, where a whole number is "
            "expected");
  EXPECT_EQ(message([&] { metadata.array<int64_t>("n"); }),
            "m.gguf: metadata key 'n' is of type u32, where an array (a whole number each) is "
            "expected");
  EXPECT_EQ(message([&] { metadata.get<int64_t>("absent"); }),
            "m.gguf: metadata key 'absent' is missing");
  EXPECT_EQ(message([&] { metadata.array<double>("absent"); }),
            "m.gguf: metadata key 'absent' is missing");
  EXPECT_EQ(message([&] { metadata.get<int64_t>("big"); }),
            "m.gguf: metadata key 'big' is too large");
}

TEST(GgufHeaderTest, EveryTruncationIsFound) {
  const std::string whole = Bytes()
                                .head(1, 2)
                                .u32("n", 7)
                                .string("list")
                                .put(GgufType::kArray)
                                .put(GgufType::kString)
                                .put<uint64_t>(2)
                                .string("a")
                                .string("bc")
                                .tensor("w", {3}, kF32, 0)
                                .pad()
                                .raw("123456789012")
                                .text();
  EXPECT_NO_THROW(parse(whole));
  EXPECT_NO_THROW(parse(whole + "padding"));
  for (size_t n = 0; n < whole.size(); ++n) {
    const std::string cut = whole.substr(0, n);
    EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { parse(cut); }), HasSubstr("truncated"))
        << n;
  }
}

TEST(GgufHeaderTest, MagicAndVersion) {
  EXPECT_THAT(corrupt(Bytes().raw("PK\3\4").put(3)), HasSubstr("no GGUF file: it begins with 'PK"));
  EXPECT_THAT(unsupported(Bytes().head(0, 0, 1)), HasSubstr("GGUF version 1"));
  EXPECT_THAT(unsupported(Bytes().head(0, 0, 4)), HasSubstr("GGUF version 4"));
  EXPECT_THAT(unsupported(Bytes().head(0, 0, 0x03000000)), HasSubstr("big-endian"));
  EXPECT_TRUE(parse(Bytes().head(0, 0)).entries.empty());
}

TEST(GgufHeaderTest, CountsLie) {
  const uint64_t huge = ~uint64_t{0};
  EXPECT_THAT(corrupt(Bytes().head(huge, 0)), HasSubstr("tensors are more than"));
  EXPECT_THAT(corrupt(Bytes().head(0, huge)), HasSubstr("metadata keys are more than"));
  EXPECT_THAT(corrupt(Bytes().head(1000, 0)), HasSubstr("truncated"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1000)), HasSubstr("truncated"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1).put(huge).raw("key")), HasSubstr("longer than 65535"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1).put<uint64_t>(100).raw("key")), HasSubstr("truncated"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1).string("s").put(GgufType::kString).put(huge)),
              HasSubstr("longer than"));
  const auto array = [](GgufType type, uint64_t count) {
    return Bytes().head(0, 1).string("list").put(GgufType::kArray).put(type).put(count);
  };
  for (uint32_t type = 0; type <= static_cast<uint32_t>(GgufType::kF64); ++type) {
    if (type == static_cast<uint32_t>(GgufType::kArray)) continue;
    EXPECT_THAT(corrupt(array(static_cast<GgufType>(type), huge)), HasSubstr("'list': arrays of"));
    EXPECT_THAT(corrupt(array(static_cast<GgufType>(type), kMaxGgufArrayElements)),
                HasSubstr("truncated"));
  }
  // Many arrays, each within the limit, add up.
  Bytes many = Bytes().head(0, 3);
  const std::string half(kMaxGgufArrayElements / 2, '\1');
  for (const char* key : {"a", "b", "c"}) {
    many.string(key).put(GgufType::kArray).put(GgufType::kI8).put<uint64_t>(half.size()).raw(half);
  }
  EXPECT_THAT(corrupt(many), HasSubstr("'c': arrays of more than"));
}

TEST(GgufHeaderTest, Keys) {
  EXPECT_THAT(corrupt(Bytes().head(0, 2).u32("k", 1).u32("k", 2)),
              HasSubstr("duplicate metadata key 'k'"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1).u32("", 1)), HasSubstr("key is empty"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1).u32("\xc3\x28", 1)), HasSubstr("not UTF-8"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1).string("k").put<uint32_t>(13).put(1)),
              HasSubstr("'k': unknown type 13"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1).string("k").put(GgufType::kBool).put<uint8_t>(2)),
              HasSubstr("'k': a boolean must be 0 or 1, not 2"));
  EXPECT_THAT(corrupt(Bytes().head(0, 1).string("k").put(GgufType::kArray).put(GgufType::kArray)),
              HasSubstr("an array of arrays"));
}

TEST(GgufHeaderTest, Alignment) {
  const auto with = [](uint32_t alignment) {
    return Bytes().head(0, 1).u32("general.alignment", alignment);
  };
  EXPECT_EQ(parse(with(64)).alignment, 64u);
  EXPECT_THAT(corrupt(with(0)), HasSubstr("power of two"));
  EXPECT_THAT(corrupt(with(48)), HasSubstr("power of two"));
  EXPECT_THAT(
      corrupt(Bytes().head(0, 1).string("general.alignment").put(GgufType::kU64).put<uint64_t>(64)),
      HasSubstr("must be a u32"));
  EXPECT_THAT(
      corrupt(
          Bytes().head(1, 1).u32("general.alignment", 1U << 31).tensor("w", {1}, kI8, 0).raw("x")),
      HasSubstr("begin at byte 2147483648"));
}

TEST(GgufHeaderTest, Tensors) {
  const auto one = [](std::string_view name, const std::vector<uint64_t>& ne, uint32_t type) {
    return Bytes().head(1, 0).tensor(name, ne, type, 0).pad().raw(std::string(1024, 'x'));
  };
  EXPECT_NO_THROW(parse(one(std::string(63, 'n'), {1}, kF32)));
  EXPECT_THAT(corrupt(one(std::string(64, 'n'), {1}, kF32)), HasSubstr("longer than 63"));
  EXPECT_THAT(corrupt(one("", {1}, kF32)), HasSubstr("no name"));
  EXPECT_THAT(corrupt(one("\xff", {1}, kF32)), HasSubstr("not UTF-8"));
  EXPECT_THAT(corrupt(one("w", {1, 1, 1, 1, 1}, kF32)), HasSubstr("5 dimensions"));
  EXPECT_THAT(corrupt(one("w", {1}, 5)), HasSubstr("unknown type 5"));
  EXPECT_THAT(unsupported(one("w", {32}, 20)), HasSubstr("'w' is of type IQ4_NL"));
  EXPECT_THAT(unsupported(one("w", {32}, 28)), HasSubstr("'w' is of type F64"));
  EXPECT_THAT(corrupt(one("w", {16, 2}, kQ8_0)), HasSubstr("do not fill blocks of 32 of q8_0"));
  EXPECT_THAT(corrupt(one("w", {128, 2}, kQ4_K)), HasSubstr("do not fill blocks of 256"));
  EXPECT_THAT(corrupt(one("w", {}, kQ4_0)), HasSubstr("do not fill"));
  EXPECT_EQ(parse(one("w", {}, kF32)).entries[0].shape.rank(), 0);
  EXPECT_NO_THROW(parse(one("w", {0, 7}, kF32)));
  EXPECT_THAT(corrupt(Bytes().head(1, 0).tensor("w", {0}, kF32, 0).raw("x")),
              HasSubstr("truncated: the tensors begin at byte"));

  const uint64_t big = uint64_t{1} << 32;
  EXPECT_THAT(corrupt(one("w", {~uint64_t{0}}, kF32)), HasSubstr("overflows"));
  EXPECT_THAT(corrupt(one("w", {big, big}, kF32)), HasSubstr("overflows"));
  EXPECT_THAT(corrupt(one("w", {uint64_t{1} << 62}, kF32)), HasSubstr("overflows"));
  EXPECT_THAT(corrupt(one("w", {big, big, 0}, kF32)), HasSubstr("overflows"));
  EXPECT_THAT(corrupt(one("w", {big, big / 2 - 1}, kQ8_0)), HasSubstr("overflows"));
  EXPECT_THAT(corrupt(one("w", {257}, kF32)), HasSubstr("ends beyond the file"));
  EXPECT_NO_THROW(parse(one("w", {256}, kF32)));
}

TEST(GgufHeaderTest, Layout) {
  const auto two = [](uint64_t first, uint64_t second) {
    return Bytes()
        .head(2, 0)
        .tensor("a", {1}, kF32, first)
        .tensor("b", {1}, kF32, second)
        .pad()
        .raw(std::string(128, 'x'));
  };
  EXPECT_NO_THROW(parse(two(0, 32)));
  EXPECT_THAT(corrupt(two(0, 0)), HasSubstr("'b' is at byte 0 of the data, where byte 32"));
  EXPECT_THAT(corrupt(two(0, 4)), HasSubstr("byte 32 is expected"));
  EXPECT_THAT(corrupt(two(0, 64)), HasSubstr("byte 32 is expected"));
  EXPECT_THAT(corrupt(two(32, 0)), HasSubstr("'a' is at byte 32"));
  EXPECT_THAT(corrupt(two(0, ~uint64_t{0})), HasSubstr("byte 32 is expected"));
  const Bytes same =
      Bytes().head(2, 0).tensor("a", {1}, kF32, 0).tensor("a", {1}, kF32, 32).pad().raw("x");
  EXPECT_THAT(corrupt(same), HasSubstr("duplicate tensor 'a'"));
}

}  // namespace
}  // namespace fundi::formats
