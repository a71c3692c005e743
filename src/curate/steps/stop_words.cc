#include "curate/steps/stop_words.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/error.h"
#include "curate/language/tag.h"
#include "curate/steps/settings.h"
#include "curate/steps/word_hash.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kEnglish[] = {"the", "be", "to", "of", "and", "that", "have", "with"};
constexpr std::string_view kSwahili[] = {
    "na",    "ya",     "wa",   "kwa",  "ni",   "katika", "la",    "za",    "cha",  "vya",
    "hii",   "huyo",   "hiyo", "kuwa", "kama", "lakini", "pia",   "baada", "yake", "wake",
    "ambao", "ambayo", "ili",  "au",   "bila", "sana",   "hivyo", "huo",   "hizo", "kwamba"};
constexpr std::string_view kFrench[] = {"le",  "la",  "les", "de",  "des",  "du",   "et",   "un",
                                        "une", "est", "que", "qui", "dans", "pour", "pas",  "sur",
                                        "au",  "en",  "ce",  "il",  "avec", "par",  "plus", "sont"};
constexpr std::string_view kPortuguese[] = {
    "o",   "a",   "os",   "as",  "de",  "do", "da", "dos", "das",  "e",    "que", "em", "um",
    "uma", "não", "para", "com", "por", "no", "na", "se",  "mais", "como", "foi", "ao", "são"};
constexpr std::string_view kHausa[] = {
    "da",  "na",   "ta",   "ya", "a",  "ne", "ce", "shi",  "cewa", "wannan", "ba",    "don",
    "sun", "daga", "kuma", "ga", "su", "za", "an", "wani", "wata", "cikin",  "domin", "suka"};
constexpr std::string_view kYoruba[] = {"ni",  "ti",  "tí",  "ní",  "sí",  "si",  "pé",   "pe",
                                        "àti", "ati", "kò",  "ko",  "fún", "fun", "àwọn", "awọn",
                                        "o",   "ó",   "wọn", "náà", "naa", "jẹ",  "ṣe",   "bí"};
constexpr std::string_view kAmharic[] = {"ነው",  "እና", "ላይ",  "ውስጥ", "ወደ",    "ግን",  "ይህ",  "ነበር",
                                         "እንደ", "ጋር", "ሆነ",  "አንድ", "ምክንያት", "ያለው", "ሲሆን", "በኋላ",
                                         "እስከ", "ስለ", "ናቸው", "ብቻ",  "ደግሞ",   "ወይም"};
constexpr std::string_view kArabic[] = {"في",   "من",   "على", "إلى", "أن",  "عن",  "هذا",  "هذه",
                                        "التي", "الذي", "لا",  "ما",  "مع",  "كان", "كانت", "قد",
                                        "هو",   "هي",   "بعد", "بين", "ذلك", "كل",  "أو",   "ثم"};
constexpr std::string_view kSpanish[] = {"el", "la", "los", "las",  "de", "del", "y",    "que",
                                         "en", "un", "una", "no",   "se", "por", "con",  "para",
                                         "su", "al", "lo",  "como", "es", "más", "pero", "fue"};
constexpr std::string_view kGerman[] = {
    "der", "die",   "das", "und",  "in", "den", "von", "zu",   "mit", "ist", "des",  "auf",
    "für", "nicht", "ein", "eine", "im", "dem", "als", "auch", "es",  "an",  "sich", "wird"};
constexpr std::string_view kSomali[] = {
    "oo",   "ka",  "ku",  "iyo", "waa",  "in",   "ay",  "u",     "uu",  "ee",  "ah",   "la",
    "ayaa", "soo", "loo", "si",  "isku", "kale", "wax", "waxaa", "aan", "ama", "inuu", "lagu"};
constexpr std::string_view kZulu[] = {
    "ukuthi",  "futhi", "uma",   "noma",        "kodwa",   "kusho",  "lapho", "njengoba",
    "kakhulu", "kanye", "ngoba", "yini",        "nje",     "lo",     "le",    "la",
    "leli",    "lokhu", "khona", "ngesikhathi", "ngemuva", "abantu", "ukuba", "manje"};

struct Language {
  std::string_view tag;
  std::span<const std::string_view> words;
};

constexpr Language kLanguages[] = {{"am", kAmharic}, {"ar", kArabic},     {"de", kGerman},
                                   {"en", kEnglish}, {"es", kSpanish},    {"fr", kFrench},
                                   {"ha", kHausa},   {"pt", kPortuguese}, {"so", kSomali},
                                   {"sw", kSwahili}, {"yo", kYoruba},     {"zu", kZulu}};

uint64_t length_bit(size_t bytes) { return uint64_t{1} << std::min<size_t>(bytes, 63); }

std::vector<std::string> copy(std::span<const std::string_view> words) {
  return {words.begin(), words.end()};
}

}  // namespace

std::span<const std::string_view> built_in_stop_words(std::string_view language) {
  for (const Language& known : kLanguages) {
    if (known.tag == language) return known.words;
  }
  return {};
}

WordSet::WordSet(std::vector<std::string> words) : words_(std::move(words)) {
  std::sort(words_.begin(), words_.end());
  words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
  for (const std::string& word : words_) {
    if (!word.empty()) lengths_[static_cast<unsigned char>(word[0])] |= length_bit(word.size());
  }
  slots_.resize(std::bit_ceil(words_.size() * 4 + 1));
  for (size_t i = 0; i < words_.size(); ++i) {
    slots_[slot_of(words_[i])] = static_cast<uint32_t>(i + 1);
  }
}

size_t WordSet::find(std::string_view word) const {
  if (word.empty()) return kNone;
  if (!(lengths_[static_cast<unsigned char>(word[0])] & length_bit(word.size()))) return kNone;
  return size_t{slots_[slot_of(word)]} - 1;  // kNone where the slot is empty
}

// Of the word, or the empty one where it would stand.
size_t WordSet::slot_of(std::string_view word) const {
  size_t slot = hash_word(word) & (slots_.size() - 1);
  while (slots_[slot] != 0 && words_[slots_[slot] - 1] != word) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

StopWords::StopWords(const Config& config, StepContext& context) {
  for (const Language& known : kLanguages) {
    by_language_.emplace(known.tag, WordSet(copy(known.words)));
  }
  if (config.has("stop_words") && config.raw("stop_words").is_object()) {
    if (config.has("stop_words_file")) {
      fail(ErrorCode::kInvalidArgument, "{}: leave it out, or give stop_words as a list",
           config.where("stop_words_file"));
    }
    const Config lists = config.child("stop_words");
    for (const auto& [language, words] : lists.json().items()) {
      const std::string tag = language_tag(language);
      if (tag.empty()) {
        fail(ErrorCode::kInvalidArgument, "{}: is no language; write 'sw' or 'ha-Arab'",
             lists.where(language));
      }
      by_language_.insert_or_assign(tag, WordSet(lists.get<std::vector<std::string>>(language)));
    }
    (void)config.find<std::string>("stop_words_file");
    return;
  }
  std::vector<std::string> words = entries(config, context, "stop_words");
  if (!words.empty()) for_all_.emplace_back(std::move(words));
}

const WordSet* StopWords::of(std::string_view language) const {
  if (!for_all_.empty()) return &for_all_.front();
  auto found = by_language_.find(language);
  if (found == by_language_.end()) found = by_language_.find(language_tag(language));
  return found != by_language_.end() && found->second.size() > 0 ? &found->second : nullptr;
}

}  // namespace fundi::curate
