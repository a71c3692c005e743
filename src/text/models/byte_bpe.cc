#include "text/models/byte_bpe.h"

namespace fundi::text {

void ByteBpe::encode_anew(std::string_view word, std::vector<int32_t>& ids) const {
  if (whole_words_) {
    if (const int32_t id = words_.find(word); id != TokenTable::kNone) {
      ids.push_back(id);
      return;
    }
  }
  thread_local std::vector<int32_t> symbols;
  initial_symbols(word, symbols);
  merge_symbols(merges_, symbols);
  ids.insert(ids.end(), symbols.begin(), symbols.end());
  if (symbols.capacity() > (1 << 20)) symbols = {};  // do not keep the memory of a monster word
}

void ByteBpe::initial_symbols(std::string_view word, std::vector<int32_t>& symbols) const {
  symbols.clear();
  bool unknown_run = false;
  for (const char c : word) {
    const int32_t id = byte_ids_[static_cast<unsigned char>(c)];
    if (id != TokenTable::kNone) {
      symbols.push_back(id);
      unknown_run = false;
    } else if (unknown_ != TokenTable::kNone) {
      if (!(fuse_unknown_ && unknown_run)) symbols.push_back(unknown_);
      unknown_run = true;
    }
  }
}

}  // namespace fundi::text
