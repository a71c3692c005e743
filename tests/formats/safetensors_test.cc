#include "formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "formats/safetensors_header.h"
#include "tests/formats/formats_testing.h"

namespace fundi::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using SafetensorsTest = FormatsTest;

std::string file_of(std::string_view header, std::string_view data) {
  const uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), 8);
  return bytes.append(header).append(data);
}

SafetensorsHeader parse(std::string_view bytes) {
  return parse_safetensors_header(std::as_bytes(std::span(bytes)), "m.safetensors");
}

std::string corrupt(std::string_view header, std::string_view data = "") {
  const std::string bytes = file_of(header, data);
  return error_of(ErrorCode::kCorruptData, [&] { parse(bytes); });
}

NamedTensor floats(std::string name, std::vector<float> values) {
  const auto n = static_cast<int64_t>(values.size());
  return {std::move(name), Tensor::from<float>(values, {n})};
}

TEST_F(SafetensorsTest, ReadsTheReferenceFixture) {
  const auto file = SafetensorsFile::open(fs::path(FUNDI_TEST_DATA) / "reference.safetensors");
  EXPECT_EQ(file.names().size(), 8u);
  EXPECT_EQ(file.metadata().at("format"), "pt");
  const Tensor embed = file.tensor("embed.weight");
  EXPECT_EQ(embed.dtype(), DType::kF32);
  EXPECT_EQ(embed.shape(), (Shape{2, 3}));
  EXPECT_THAT(embed.span<float>(), ElementsAre(0.f, .25f, .5f, .75f, 1.f, 1.25f));
  EXPECT_EQ(static_cast<float>(file.tensor("norm.weight").span<Float16>()[1]), -2.f);
  EXPECT_EQ(file.tensor("steps").shape().rank(), 0);
  EXPECT_THAT(file.tensor("steps").span<int64_t>(), ElementsAre(7));
  EXPECT_THAT(file.tensor("ids").span<int32_t>(), ElementsAre(1, 2, 3));
  EXPECT_EQ(file.tensor("mask").dtype(), DType::kBool);
  EXPECT_THAT(file.tensor("bytes").span<uint8_t>(), ElementsAre(0, 127, 255));
  EXPECT_EQ(file.tensor("none").shape(), (Shape{0, 4}));
  EXPECT_THAT(file.tensor("ki\u015bwahili \"q\"").span<int8_t>(), ElementsAre(-1));
  EXPECT_FALSE(file.has("nope"));
  EXPECT_THAT(error_of(ErrorCode::kNotFound, [&] { file.tensor("nope"); }),
              HasSubstr("reference.safetensors: no tensor 'nope'"));
}

TEST_F(SafetensorsTest, WritesTheReferenceBytes) {
  const fs::path reference = fs::path(FUNDI_TEST_DATA) / "reference.safetensors";
  const auto file = SafetensorsFile::open(reference);
  std::vector<NamedTensor> tensors;
  for (const auto& name : file.names()) tensors.push_back({name, file.tensor(name)});
  write_safetensors(dir_ / "copy.safetensors", tensors);
  EXPECT_EQ(read_file(dir_ / "copy.safetensors"), read_file(reference));
}

TEST_F(SafetensorsTest, TensorsOutliveTheFile) {
  write_safetensors(dir_ / "a.safetensors", {floats("w", {1, 2, 3})});
  Tensor w;
  {
    const auto file = SafetensorsFile::open(dir_ / "a.safetensors");
    w = file.tensor("w");
    EXPECT_TRUE(w.buffer()->external());  // a view, not a copy
  }
  EXPECT_THAT(w.span<float>(), ElementsAre(1.f, 2.f, 3.f));
}

TEST_F(SafetensorsTest, MisalignedTensorsAreCopied) {
  const std::vector<int8_t> odd = {5, 6, 7};
  write_safetensors(dir_ / "a.safetensors",
                    {{"odd", Tensor::from<int8_t>(odd, {3})}, floats("w", {1.5f, -4})});
  const Tensor w = SafetensorsFile::open(dir_ / "a.safetensors").tensor("w");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(w.raw()) % 4, 0u);
  EXPECT_THAT(w.span<float>(), ElementsAre(1.5f, -4.f));
}

TEST_F(SafetensorsTest, EightBitFloats) {
  write_file_atomic(
      dir_ / "a.safetensors",
      file_of(R"({"w":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}})", "\x38\xc0\x01\x7e"));
  const Tensor w = SafetensorsFile::open(dir_ / "a.safetensors").tensor("w");
  EXPECT_EQ(w.dtype(), DType::kF8E4M3);
  EXPECT_THAT(w.to_f32().span<float>(), ElementsAre(1.f, -2.f, 0x1p-9f, 448.f));
}

TEST_F(SafetensorsTest, NoTensorsAndNoMetadata) {
  write_safetensors(dir_ / "a.safetensors", {}, {});
  EXPECT_EQ(read_file(dir_ / "a.safetensors"), file_of("{}      ", ""));
  EXPECT_TRUE(SafetensorsFile::open(dir_ / "a.safetensors").names().empty());
}

TEST_F(SafetensorsTest, WriterRefuses) {
  const fs::path path = dir_ / "a.safetensors";
  const auto message = [&](const std::vector<NamedTensor>& tensors) {
    return error_of(ErrorCode::kInvalidArgument, [&] { write_safetensors(path, tensors); });
  };
  EXPECT_THAT(message({floats("w", {1}), floats("w", {2})}), HasSubstr("'w' is given twice"));
  EXPECT_THAT(message({floats("__metadata__", {1})}), HasSubstr("reserved"));
  EXPECT_THAT(message({floats("\xff", {1})}), HasSubstr("'?' has a name that is not UTF-8"));
  EXPECT_THAT(message({{"w", Tensor()}}), HasSubstr("is empty"));
  EXPECT_THAT(message({{"w", Tensor::zeros({32}, DType::kQ8_0)}}),
              HasSubstr("'w' is q8_0, which safetensors files do not hold"));
  EXPECT_FALSE(fs::exists(path));
}

constexpr std::string_view kGood = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";

TEST(SafetensorsHeaderTest, OrdersByPositionAndIgnoresPadding) {
  const auto header = parse(file_of(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},
      "a":{"shape":[1],"data_offsets":[0,1],"dtype":"I8"}}   )",
                                    "xyz"));
  ASSERT_EQ(header.entries.size(), 2u);
  EXPECT_EQ(header.entries[0].name, "a");
  EXPECT_EQ(header.entries[1].begin, 1u);
}

TEST(SafetensorsHeaderTest, Truncation) {
  const std::string whole = file_of(kGood, "data");
  for (size_t n = 0; n < whole.size(); ++n) {
    const std::string cut = whole.substr(0, n);
    EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { parse(cut); }), HasSubstr("truncated"));
  }
  EXPECT_THAT(corrupt(kGood, "dataX"), HasSubstr("1 trailing bytes"));
}

TEST(SafetensorsHeaderTest, LengthLies) {
  const auto with_length = [](uint64_t length) {
    std::string bytes = file_of(kGood, "data");
    std::memcpy(bytes.data(), &length, 8);
    return error_of(ErrorCode::kCorruptData, [&] { parse(bytes); });
  };
  EXPECT_THAT(with_length(~uint64_t{0}), HasSubstr("is this a safetensors file?"));
  EXPECT_THAT(with_length(kMaxSafetensorsHeader + 1), HasSubstr("more than"));
  EXPECT_THAT(with_length(1000), HasSubstr("truncated"));
  EXPECT_THAT(with_length(kGood.size() - 1), HasSubstr("malformed JSON"));
  EXPECT_THAT(with_length(kGood.size() + 1), HasSubstr("malformed JSON"));
  EXPECT_THAT(with_length(0), HasSubstr("not a JSON object"));
}

TEST(SafetensorsHeaderTest, Layout) {
  const auto two = [](std::string_view a, std::string_view b) {
    return fmt::format(R"({{"a":{{"dtype":"F32","shape":[1],"data_offsets":{}}},)"
                       R"("b":{{"dtype":"F32","shape":[1],"data_offsets":{}}}}})",
                       a, b);
  };
  EXPECT_NO_THROW(parse(file_of(two("[0,4]", "[4,8]"), "12345678")));
  EXPECT_THAT(corrupt(two("[0,4]", "[2,6]"), "12345678"), HasSubstr("'b' starts at byte 2"));
  EXPECT_THAT(corrupt(two("[0,4]", "[0,4]"), "1234"), HasSubstr("overlapping"));
  EXPECT_THAT(corrupt(two("[0,4]", "[6,10]"), "1234567890"), HasSubstr("leaving a gap"));
  EXPECT_THAT(corrupt(two("[4,8]", "[8,12]"), "123456789012"), HasSubstr("gap"));
  EXPECT_THAT(corrupt(two("[0,4]", "[8,4]"), "12345678"), HasSubstr("end before they begin"));
  EXPECT_THAT(corrupt(two("[0,4]", "[4,9]"), "123456789"), HasSubstr("span 5 bytes"));
  EXPECT_THAT(corrupt(two("[0,4]", "[18446744073709551615,3]")), HasSubstr("end before"));
  EXPECT_THAT(corrupt(two("[0]", "[4,8]")), HasSubstr("two numbers"));
  EXPECT_THAT(corrupt(two("[0,4,8]", "[4,8]")), HasSubstr("two numbers"));
  EXPECT_THAT(corrupt(two("[-1,3]", "[4,8]")), HasSubstr("negative number"));
  EXPECT_THAT(corrupt(two("[0.0,4.0]", "[4,8]")), HasSubstr("fractional"));
  EXPECT_THAT(corrupt(two("[[0],4]", "[4,8]")), HasSubstr("an array"));
}

TEST(SafetensorsHeaderTest, DTypesAndShapes) {
  const auto one = [](std::string_view dtype, std::string_view shape, std::string_view offsets) {
    return fmt::format(R"({{"a":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape,
                       offsets);
  };
  EXPECT_THAT(corrupt(one(R"("F33")", "[1]", "[0,4]")), HasSubstr("'a': unknown dtype 'F33'"));
  EXPECT_THAT(corrupt(one("4", "[1]", "[0,4]")), HasSubstr("'a': a number"));
  const std::string doubles = file_of(one(R"("F64")", "[1]", "[0,8]"), "12345678");
  EXPECT_THAT(error_of(ErrorCode::kUnsupported, [&] { parse(doubles); }), HasSubstr("F64"));
  const std::string deep = file_of(one(R"("U8")", "[1,1,1,1,1,1]", "[0,1]"), "1");
  EXPECT_THAT(error_of(ErrorCode::kUnsupported, [&] { parse(deep); }), HasSubstr("dimensions"));
  constexpr std::string_view kF32 = R"("F32")";
  EXPECT_THAT(corrupt(one(kF32, "[18446744073709551615]", "[0,4]")), HasSubstr("overflows"));
  EXPECT_THAT(corrupt(one(kF32, "[99999999999999999999999]", "[0,4]")), HasSubstr("fractional"));
  EXPECT_THAT(corrupt(one(kF32, "[4294967296,4294967296]", "[0,0]")), HasSubstr("overflows"));
  EXPECT_THAT(corrupt(one(kF32, "[4611686018427387904,2]", "[0,0]")), HasSubstr("overflows"));
  EXPECT_THAT(corrupt(one(kF32, "[4294967296,4294967296,0]", "[0,0]")), HasSubstr("overflows"));
  EXPECT_NO_THROW(parse(file_of(one(kF32, "[0,7]", "[0,0]"), "")));
  EXPECT_THAT(corrupt(one(kF32, "[-1]", "[0,4]")), HasSubstr("negative"));
  EXPECT_THAT(corrupt(one(kF32, "1", "[0,4]")), HasSubstr("a number"));
  EXPECT_THAT(corrupt(one(kF32, "null", "[0,4]")), HasSubstr("null"));
}

TEST(SafetensorsHeaderTest, DuplicatesAndUnknownKeys) {
  constexpr std::string_view kA = R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(corrupt(fmt::format("{{{},{}}}", kA, kA)), HasSubstr("duplicate key 'a'"));
  EXPECT_THAT(corrupt(R"({"a":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}})"),
              HasSubstr("'a': duplicate key 'dtype'"));
  EXPECT_THAT(corrupt(R"({"__metadata__":{"k":"1","k":"2"}})"), HasSubstr("duplicate key 'k'"));
  EXPECT_THAT(corrupt(R"({"__metadata__":{},"__metadata__":{}})"), HasSubstr("duplicate key"));
  EXPECT_THAT(corrupt(R"({"__metadata__":{"k":1}})"), HasSubstr("strings to strings"));
  EXPECT_THAT(corrupt(R"({"__metadata__":[]})"), HasSubstr("strings to strings"));
  EXPECT_THAT(corrupt(R"({"a":{"dtype":"U8","shape":[0]}})"), HasSubstr("needs dtype"));
  EXPECT_THAT(corrupt(R"({"a":{"dtyp":"U8"}})"), HasSubstr("unknown key 'dtyp'"));
}

TEST(SafetensorsHeaderTest, MalformedText) {
  EXPECT_THAT(corrupt("{\"\xc3\x28\":{}}"), HasSubstr("invalid UTF-8"));
  EXPECT_THAT(corrupt(std::string(kGood) + '\0', "data"), HasSubstr("not a JSON object"));
  EXPECT_THAT(corrupt("\xef\xbb\xbf" + std::string(kGood), "data"), HasSubstr("not a JSON"));
  EXPECT_THAT(corrupt(" " + std::string(kGood), "data"), HasSubstr("not a JSON object"));
  EXPECT_THAT(corrupt(std::string(kGood) + "{}", "data"), HasSubstr("malformed"));
  EXPECT_THAT(corrupt("[]"), HasSubstr("not a JSON object"));
  std::string nested = "{\"a\":";
  for (int i = 0; i < 1'000'000; ++i) nested += '[';
  EXPECT_THAT(corrupt(nested), HasSubstr("an array"));
  // Messages stay short and printable whatever the name is.
  const std::string message = corrupt("{\"\\u001b" + std::string(100'000, 'x') + "\":1}");
  EXPECT_LT(message.size(), 300u);
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
}

class SafetensorsModelTest : public SafetensorsTest {
 protected:
  // Two shards, {a, b} and {c}, with the given index text.
  void make(std::string_view index) {
    write_safetensors(dir_ / "1.safetensors", {floats("a", {1}), floats("b", {2})});
    write_safetensors(dir_ / "2.safetensors", {floats("c", {3})});
    write_file_atomic(dir_ / "model.safetensors.index.json", index);
  }
  std::string corrupt_map(std::string_view weight_map) {
    make(fmt::format(R"({{"weight_map":{}}})", weight_map));
    return error_of(ErrorCode::kCorruptData, [&] { SafetensorsModel::open(dir_); });
  }
};

TEST_F(SafetensorsModelTest, ShardsRoundTrip) {
  const std::vector<NamedTensor> tensors = {floats("z", {1, 2}), floats("y", {3}),
                                            floats("x", {4, 5, 6}), floats("w", {7})};
  write_safetensors_model(dir_, tensors, 12);
  EXPECT_TRUE(fs::exists(dir_ / "model-00001-of-00003.safetensors"));
  EXPECT_FALSE(fs::exists(dir_ / "model.safetensors"));
  const Json index = read_json(dir_ / "model.safetensors.index.json");
  EXPECT_EQ(index["metadata"]["total_size"], 28);
  EXPECT_EQ(index["weight_map"]["x"], "model-00002-of-00003.safetensors");
  const auto model = SafetensorsModel::open(dir_);
  EXPECT_THAT(model.names(), ElementsAre("z", "y", "x", "w"));
  EXPECT_TRUE(model.has("x"));
  EXPECT_THAT(model.tensor("x").span<float>(), ElementsAre(4.f, 5.f, 6.f));
  error_of(ErrorCode::kNotFound, [&] { model.tensor("v"); });
  error_of(ErrorCode::kInvalidArgument, [&] { write_safetensors_model(dir_, tensors); });
  error_of(ErrorCode::kInvalidArgument, [&] { write_safetensors_model(dir_, tensors, 0); });
}

TEST_F(SafetensorsModelTest, OneFileWhenItFits) {
  write_safetensors_model(dir_, {floats("z", {1, 2}), floats("y", {3})}, 12);
  EXPECT_FALSE(fs::exists(dir_ / "model.safetensors.index.json"));
  EXPECT_THAT(SafetensorsModel::open(dir_).names(), ElementsAre("z", "y"));
}

TEST_F(SafetensorsModelTest, ReadsAnIndex) {
  make(R"( {"metadata":{"total_size":12.0,"x":[{"weight_map":[]}]},
          "weight_map":{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"}})");
  EXPECT_THAT(SafetensorsModel::open(dir_).tensor("c").span<float>(), ElementsAre(3.f));
}

TEST_F(SafetensorsModelTest, IndexDisagrees) {
  EXPECT_THAT(corrupt_map(R"({"a":"1.safetensors","b":"1.safetensors","c":"3.safetensors"})"),
              HasSubstr("shard '3.safetensors' is missing"));
  EXPECT_THAT(corrupt_map(R"({"a":"1.safetensors","b":"1.safetensors","d":"2.safetensors"})"),
              HasSubstr("tensor 'd' is not in shard '2.safetensors'"));
  EXPECT_THAT(corrupt_map(R"({"a":"1.safetensors","c":"2.safetensors"})"),
              HasSubstr("holds tensor 'b', which the index puts nowhere"));
}

TEST_F(SafetensorsModelTest, ShardNamesStayInTheFolder) {
  write_safetensors(dir_.parent_path() / "fundi_out.safetensors", {floats("c", {3})});
  for (const char* name :
       {"../fundi_out.safetensors", "/etc/x.safetensors", "a/b.safetensors", "..\\\\x.safetensors",
        "..", "", ".safetensors", "model.bin", "x\\u0000.safetensors"}) {
    EXPECT_THAT(corrupt_map(fmt::format(R"({{"c":"{}"}})", name)), HasSubstr("plain")) << name;
  }
  fs::remove(dir_.parent_path() / "fundi_out.safetensors");
}

TEST_F(SafetensorsModelTest, MalformedIndex) {
  EXPECT_THAT(corrupt_map(R"({"a":"1.safetensors","a":"2.safetensors"})"), HasSubstr("duplicate"));
  EXPECT_THAT(corrupt_map(R"({},"weight_map":{})"), HasSubstr("duplicate key 'weight_map'"));
  EXPECT_THAT(corrupt_map("[]"), HasSubstr("an array was found"));
  EXPECT_THAT(corrupt_map("3"), HasSubstr("a number was found"));
  EXPECT_THAT(corrupt_map(R"({"a":{}})"), HasSubstr("an object was found"));
  EXPECT_THAT(corrupt_map(R"({"a":null})"), HasSubstr("null was found"));
  EXPECT_THAT(corrupt_map("{"), HasSubstr("malformed JSON"));
  const std::string nested = "{\"metadata\":" + std::string(100'000, '[');
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [&] { parse_safetensors_index(nested, "i"); }),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [] { parse_safetensors_index("{}", "i"); }),
              HasSubstr("i: no weight_map"));
  error_of(ErrorCode::kCorruptData, [] { parse_safetensors_index("", "i"); });
}

TEST_F(SafetensorsModelTest, NoModel) {
  EXPECT_THAT(error_of(ErrorCode::kNotFound, [&] { SafetensorsModel::open(dir_); }),
              HasSubstr("neither model.safetensors nor"));
}

}  // namespace
}  // namespace fundi::formats
