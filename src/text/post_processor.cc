#include "text/post_processor.h"

#include "base/error.h"

namespace fundi::text {
namespace {

constexpr int kMaxDepth = 8;

class Parser {
 public:
  explicit Parser(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  void parse(const JsonReader& json, int depth) {
    const std::string_view type = json.child("type").string();
    for (const auto& [name, read] : kKinds) {
      if (type == name) return (this->*read)(json, depth);
    }
    json.unsupported(fmt::format("post-processor '{}' is unknown", type));
  }

  PostProcessor result;

 private:
  struct Kind {
    std::string_view type;
    void (Parser::*read)(const JsonReader& json, int depth);
  };
  static const Kind kKinds[5];

  void byte_level(const JsonReader&, int) {}  // changes offsets only
  void sequence(const JsonReader& json, int depth) {
    if (depth == kMaxDepth) json.corrupt("sequences are nested too deeply");
    json.child("processors").each([&](const JsonReader& item) { parse(item, depth + 1); });
  }
  void bert(const JsonReader& json, int) {
    take_turn(json);
    result.prefix = {token(json.child("cls"))};
    result.suffix = {token(json.child("sep"))};
  }
  void templates(const JsonReader& json, int) {
    take_turn(json);
    result = read_template(json, "single", false);
    if (json.has("pair")) read_template(json, "pair", true);
  }

  void take_turn(const JsonReader& json) {
    if (taken_) json.unsupported("a second post-processor that adds tokens");
    taken_ = true;
  }

  int32_t known(const JsonReader& json) const {
    const int64_t id = json.integer();
    if (id < 0 || id >= vocabulary_.spelled.size() ||
        !vocabulary_.spelled.has(static_cast<int32_t>(id))) {
      json.corrupt(fmt::format("no token has the id {}", id));
    }
    return static_cast<int32_t>(id);
  }

  // ["[SEP]", 102]
  int32_t token(const JsonReader& json) const {
    if (json.size() != 2) json.corrupt("must be a list of a token and its id");
    return known(json.item(1));
  }

  PostProcessor read_template(const JsonReader& json, std::string_view key, bool pair) const {
    PostProcessor around;
    int first = 0, second = 0;  // places of the texts
    const JsonReader pieces = json.child(key);
    pieces.each([&](const JsonReader& piece) {
      if (piece.has("Sequence")) {
        const std::string_view id = piece.child("Sequence").string("id", "A");
        if (id != "A" && !(id == "B" && pair)) piece.corrupt(fmt::format("no text '{}'", id));
        ++(id == "A" ? first : second);
        return;
      }
      const std::string_view name = piece.child("SpecialToken").child("id").string();
      json.child("special_tokens").child(name).child("ids").each([&](const JsonReader& id) {
        (first == 0 ? around.prefix : around.suffix).push_back(known(id));
      });
    });
    if (!pair && first == 0) pieces.corrupt("the template has no place for the text");
    if (!pair && first > 1) pieces.unsupported("the text stands twice in the template");
    return around;
  }

  const Vocabulary& vocabulary_;
  bool taken_ = false;
};

const Parser::Kind Parser::kKinds[5] = {
    {"ByteLevel", &Parser::byte_level}, {"TemplateProcessing", &Parser::templates},
    {"BertProcessing", &Parser::bert},  {"RobertaProcessing", &Parser::bert},
    {"Sequence", &Parser::sequence},
};

}  // namespace

PostProcessor PostProcessor::parse(const JsonReader& json, const Vocabulary& vocabulary) {
  Parser parser(vocabulary);
  if (!json.is_null()) parser.parse(json, 0);
  return std::move(parser.result);
}

}  // namespace fundi::text
