#include "curate/arrow/values.h"

#include "base/error.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

using arrow::Type;

template <typename ArrayType>
const ArrayType& as(const arrow::Array& array) {
  return static_cast<const ArrayType&>(array);
}

// Where a value of a dictionary column stands in the dictionary.
int64_t index_at(const arrow::DictionaryArray& array, int64_t row) {
  const int64_t index = array.GetValueIndex(row);
  if (index < 0 || index >= array.dictionary()->length()) {
    fail(ErrorCode::kCorruptData, "a value is not in its dictionary");
  }
  return index;
}

template <typename ListType>
Json list_at(const ListType& array, int64_t row) {
  Json list = Json::array();
  const int64_t begin = array.value_offset(row), end = begin + array.value_length(row);
  for (int64_t i = begin; i < end; ++i) list.push_back(json_at(*array.values(), i));
  return list;
}

Json struct_at(const arrow::StructArray& array, int64_t row) {
  Json object = Json::object();
  for (int i = 0; i < array.num_fields(); ++i) {
    Json value = json_at(*array.field(i), row);
    object[text::replace_invalid_utf8(array.type()->field(i)->name())] = std::move(value);
  }
  return object;
}

std::string string_of(const arrow::Array& array, int64_t row) {
  const auto scalar = array.GetScalar(row);
  if (!scalar.ok()) fail(ErrorCode::kCorruptData, "{}", scalar.status().message());
  return text::replace_invalid_utf8((*scalar)->ToString());
}

}  // namespace

bool is_text(const arrow::DataType& type) {
  if (type.id() == Type::DICTIONARY) {
    return is_text(*static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id()) ||
         type.id() == Type::FIXED_SIZE_BINARY;
}

std::optional<std::string_view> text_at(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  switch (array.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return as<arrow::BinaryArray>(array).GetView(row);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return as<arrow::LargeBinaryArray>(array).GetView(row);
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW:
      return as<arrow::BinaryViewArray>(array).GetView(row);
    case Type::FIXED_SIZE_BINARY:
      return as<arrow::FixedSizeBinaryArray>(array).GetView(row);
    case Type::DICTIONARY: {
      const auto& coded = as<arrow::DictionaryArray>(array);
      return text_at(*coded.dictionary(), index_at(coded, row));
    }
    default:
      return std::nullopt;
  }
}

Json json_at(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return nullptr;
  switch (array.type_id()) {
    case Type::BOOL:
      return as<arrow::BooleanArray>(array).Value(row);
    case Type::INT8:
      return as<arrow::Int8Array>(array).Value(row);
    case Type::INT16:
      return as<arrow::Int16Array>(array).Value(row);
    case Type::INT32:
      return as<arrow::Int32Array>(array).Value(row);
    case Type::INT64:
      return as<arrow::Int64Array>(array).Value(row);
    case Type::UINT8:
      return as<arrow::UInt8Array>(array).Value(row);
    case Type::UINT16:
      return as<arrow::UInt16Array>(array).Value(row);
    case Type::UINT32:
      return as<arrow::UInt32Array>(array).Value(row);
    case Type::UINT64:
      return as<arrow::UInt64Array>(array).Value(row);
    case Type::FLOAT:
      return as<arrow::FloatArray>(array).Value(row);
    case Type::DOUBLE:
      return as<arrow::DoubleArray>(array).Value(row);
    case Type::LIST:
    case Type::MAP:
      return list_at(as<arrow::ListArray>(array), row);
    case Type::LARGE_LIST:
      return list_at(as<arrow::LargeListArray>(array), row);
    case Type::FIXED_SIZE_LIST:
      return list_at(as<arrow::FixedSizeListArray>(array), row);
    case Type::STRUCT:
      return struct_at(as<arrow::StructArray>(array), row);
    case Type::DICTIONARY: {
      const auto& coded = as<arrow::DictionaryArray>(array);
      return json_at(*coded.dictionary(), index_at(coded, row));
    }
    default:
      if (const auto text = text_at(array, row)) return text::replace_invalid_utf8(*text);
      return string_of(array, row);
  }
}

}  // namespace fundi::curate
