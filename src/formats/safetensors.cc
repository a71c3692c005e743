#include "formats/safetensors.h"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "formats/quote_name.h"
#include "formats/safetensors_header.h"

namespace fundi::formats {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors bytes are little-endian");

constexpr std::string_view kSingleFile = "model.safetensors";
constexpr std::string_view kIndexFile = "model.safetensors.index.json";

void check_writable(const fs::path& path, const std::vector<NamedTensor>& tensors) {
  std::set<std::string_view> names;
  for (const NamedTensor& item : tensors) {
    const std::string& name = item.name;
    const Tensor& tensor = item.tensor;
    const auto reject = [&](std::string_view why) {
      fail(ErrorCode::kInvalidArgument, "{}: tensor {} {}", path.string(), quote_name(name), why);
    };
    if (name == "__metadata__") reject("has the name reserved for metadata");
    if (find_invalid_utf8(name) != std::string_view::npos) reject("has a name that is not UTF-8");
    if (!names.insert(name).second) reject("is given twice");
    if (!tensor.defined()) reject("is empty");
    if (info(item.dtype()).safetensors.empty()) {
      reject(fmt::format("is {}, which safetensors files do not hold", fundi::name(item.dtype())));
    }
    if (tensor.device().kind != DeviceKind::kCpu) {
      reject("lies on " + tensor.device().to_string() + "; copy it to the host first");
    }
  }
}

std::string make_header(const fs::path& path, const std::vector<NamedTensor>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  Json json = Json::object();
  if (!metadata.empty()) {
    Json& target = json["__metadata__"] = Json::object();
    for (const auto& [key, value] : metadata) target[key] = value;
  }
  // Straight into the underlying vector: operator[] of an ordered object searches linearly.
  auto& object = json.get_ref<Json::object_t&>();
  uint64_t offset = 0;
  for (const NamedTensor& item : tensors) {
    const uint64_t end = offset + item.bytes();
    const Shape& shape = item.tensor.shape();
    Json entry = {{"dtype", info(item.dtype()).safetensors},
                  {"shape", std::vector<int64_t>(shape.begin(), shape.end())},
                  {"data_offsets", {offset, end}}};
    object.push_back({item.name, std::move(entry)});
    offset = end;
  }
  std::string header = dump_json(json);
  header.append((8 - header.size() % 8) % 8, ' ');
  if (header.size() > kMaxSafetensorsHeader) {
    fail(ErrorCode::kInvalidArgument, "{}: {} tensors need a header above {} bytes; use shards",
         path.string(), tensors.size(), kMaxSafetensorsHeader);
  }
  return header;
}

std::string shard_name(size_t index, size_t count) {
  return fmt::format("model-{:05}-of-{:05}.safetensors", index + 1, count);
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const fs::path& path) {
  SafetensorsFile result;
  const auto file = MappedFile::open(path);
  SafetensorsHeader header = parse_safetensors_header(file->bytes(), path.string());
  result.tensors_ = MappedTensors(file);
  for (const SafetensorsEntry& entry : header.entries) {
    result.tensors_.add(entry.name, header.data_offset + entry.begin, entry.shape, entry.dtype);
  }
  result.metadata_ = std::move(header.metadata);
  return result;
}

void write_safetensors(const fs::path& path, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata,
                       const std::function<void(uint64_t)>& on_written) {
  check_writable(path, tensors);
  for (const auto& [key, value] : metadata) {
    if (find_invalid_utf8(key) != std::string_view::npos ||
        find_invalid_utf8(value) != std::string_view::npos) {
      fail(ErrorCode::kInvalidArgument, "{}: metadata {} is not UTF-8", path.string(),
           quote_name(key));
    }
  }
  const std::string header = make_header(path, tensors, metadata);
  const uint64_t length = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const NamedTensor& item : tensors) {
    const Tensor tensor = item.tensor.as(item.dtype());
    file.write(std::span(static_cast<const std::byte*>(tensor.raw()), tensor.bytes()));
    if (on_written) on_written(tensor.bytes());
  }
  file.commit();
}

SafetensorsModel SafetensorsModel::open(const fs::path& directory) {
  SafetensorsModel result;
  const fs::path single = directory / kSingleFile, index = directory / kIndexFile;
  if (fs::exists(single)) {
    result.files_.push_back(SafetensorsFile::open(single));
    for (const std::string& name : result.files_[0].names()) result.file_of_.emplace(name, 0);
    return result;
  }
  if (!fs::exists(index)) {
    fail(ErrorCode::kNotFound, "{}: neither {} nor {} is there; is this a model folder?",
         directory.string(), kSingleFile, kIndexFile);
  }
  const auto mapped = MappedFile::open(index);
  const auto bytes = mapped->bytes();
  const auto weight_map = parse_safetensors_index(
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, index.string());
  std::map<std::string, size_t> shards;
  for (const auto& [name, shard] : weight_map) shards.emplace(shard, 0);
  for (auto& [shard, number] : shards) {
    if (!fs::exists(directory / shard)) {
      fail(ErrorCode::kCorruptData, "{}: shard {} is missing; fetch the model again",
           index.string(), quote_name(shard));
    }
    number = result.files_.size();
    result.files_.push_back(SafetensorsFile::open(directory / shard));
  }
  for (const auto& [name, shard] : weight_map) {
    const size_t number = shards.at(shard);
    if (!result.files_[number].has(name)) {
      fail(ErrorCode::kCorruptData, "{}: tensor {} is not in shard {}", index.string(),
           quote_name(name), quote_name(shard));
    }
    result.file_of_.emplace(name, number);
  }
  for (const auto& [shard, number] : shards) {
    for (const std::string& name : result.files_[number].names()) {
      const auto found = result.file_of_.find(name);
      if (found == result.file_of_.end() || found->second != number) {
        fail(ErrorCode::kCorruptData, "{}: shard {} holds tensor {}, which the index puts {}",
             index.string(), quote_name(shard), quote_name(name),
             found == result.file_of_.end() ? "nowhere" : "elsewhere");
      }
    }
  }
  return result;
}

std::vector<std::string> SafetensorsModel::names() const {
  std::vector<std::string> names;
  names.reserve(file_of_.size());
  for (const SafetensorsFile& file : files_) {
    names.insert(names.end(), file.names().begin(), file.names().end());
  }
  return names;
}

bool SafetensorsModel::has(std::string_view name) const {
  return file_of_.find(name) != file_of_.end();
}

Tensor SafetensorsModel::tensor(std::string_view name) const {
  const auto found = file_of_.find(name);
  if (found == file_of_.end()) {
    fail(ErrorCode::kNotFound, "the model has no tensor {}", quote_name(name));
  }
  return files_[found->second].tensor(name);
}

void write_safetensors_model(const fs::path& directory, const std::vector<NamedTensor>& tensors,
                             uint64_t shard_bytes,
                             const std::function<void(uint64_t)>& on_written) {
  if (shard_bytes == 0) fail(ErrorCode::kInvalidArgument, "shard_bytes must be positive");
  check_writable(directory, tensors);
  std::vector<std::vector<NamedTensor>> shards(1);
  uint64_t filled = 0, total = 0;
  for (const NamedTensor& item : tensors) {
    const uint64_t bytes = item.bytes();
    if (!shards.back().empty() && filled + bytes > shard_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back(item);
    filled += bytes;
    total += bytes;
  }
  const bool sharded = shards.size() > 1;
  // Both layouts side by side would leave it to each reader which weights it takes.
  const fs::path other = directory / (sharded ? kSingleFile : kIndexFile);
  if (fs::exists(other)) {
    fail(ErrorCode::kInvalidArgument, "{}: is there already; write the model to a fresh folder",
         other.string());
  }
  const std::map<std::string, std::string> metadata = {{"format", "pt"}};
  if (!sharded) return write_safetensors(directory / kSingleFile, shards[0], metadata, on_written);
  std::map<std::string, std::string> weight_map;
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string file = shard_name(i, shards.size());
    write_safetensors(directory / file, shards[i], metadata, on_written);
    for (const NamedTensor& item : shards[i]) weight_map.emplace(item.name, file);
  }
  Json index = {{"metadata", {{"total_size", total}}}, {"weight_map", Json::object()}};
  auto& object = index["weight_map"].get_ref<Json::object_t&>();
  for (const auto& [name, file] : weight_map) object.push_back({name, file});
  write_file_atomic(directory / kIndexFile, dump_json_pretty(index));
}

}  // namespace fundi::formats
