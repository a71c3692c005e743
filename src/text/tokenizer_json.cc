#include "text/tokenizer_json.h"

#include "base/error.h"
#include "base/files.h"
#include "text/gguf_vocabulary.h"
#include "text/tokenizer_files.h"

namespace fundi::text {
namespace {

// A tokenizer as its files' texts, kept whole, so that saving a released tokenizer changes nothing.
class JsonSource : public TokenizerSource {
 public:
  explicit JsonSource(TokenizerFiles files) : files_(std::move(files)) {}
  std::string name() const override { return files_.origin; }
  void save(const Tokenizer& tokenizer, const std::filesystem::path& directory) const override {
    write_file_atomic(directory / "tokenizer.json", files_.tokenizer_json);
    save_roles(tokenizer, files_, directory);
  }
  GgufVocabulary gguf_vocabulary(const Tokenizer& tokenizer) const override {
    return gguf_from_tokenizer_json(files_.tokenizer_json, files_.origin, tokenizer);
  }

 private:
  TokenizerFiles files_;
};

}  // namespace

TokenizerParts parse_tokenizer_json(std::string_view text, const std::string& origin) {
  const JsonDocument document(text, origin + "/tokenizer.json");
  const JsonReader& root = document.root();
  TokenizerParts parts;
  if (root.has("normalizer")) parts.normalizer = Normalizer::parse(root.child("normalizer"));
  if (root.has("pre_tokenizer")) {
    parts.pre_tokenizer = PreTokenizer::parse(root.child("pre_tokenizer"));
  }
  const JsonReader model = root.child("model");
  parts.model =
      parse_word_model(model, parts.pre_tokenizer.ends_in_byte_level(), parts.vocabulary);
  if (!parts.model->reads_raw_bytes()) parts.pre_tokenizer.spell_bytes();
  if (root.has("added_tokens")) {
    parts.added.parse(root.child("added_tokens"), parts.normalizer, parts.vocabulary);
  }
  if (parts.vocabulary.spelled.size() == 0) model.corrupt("the vocabulary is empty");
  if (root.has("post_processor")) {
    parts.post_processor = PostProcessor::parse(root.child("post_processor"), parts.vocabulary);
  }
  parts.decoder = Decoder::parse(root.child("decoder"));
  return parts;
}

std::shared_ptr<const Tokenizer> make_tokenizer(TokenizerFiles files) {
  TokenizerParts parts = parse_tokenizer_json(files.tokenizer_json, files.origin);
  TokenizerRoles roles = parse_roles(files, parts.vocabulary);
  return std::make_shared<PipelineTokenizer>(std::move(parts), std::move(roles),
                                             std::make_shared<JsonSource>(std::move(files)));
}

}  // namespace fundi::text
