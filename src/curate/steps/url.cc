#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "curate/steps/all.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

enum Rule : size_t { kMissing, kDomain, kHost, kUrl, kWord, kSoftWords, kPart };
constexpr std::string_view kRules[] = {"no_url", "domain",     "host", "url",
                                       "word",   "soft_words", "part"};

struct Hash : std::hash<std::string_view> {
  using is_transparent = void;
};
using Set = std::unordered_set<std::string, Hash, std::equal_to<>>;

bool is_word_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string letters_and_digits(std::string_view text) {
  std::string out = lower(text);
  std::erase_if(out, [](char c) { return !is_word_byte(c); });
  return out;
}

// Without scheme, "www.", fragment and the slash at its end.
std::string_view bare_url(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('#'));
  if (url.starts_with("www.")) url.remove_prefix(4);
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

std::string_view host_of(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const size_t at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  if (!url.starts_with('[')) url = url.substr(0, url.rfind(':'));
  while (url.ends_with('.')) url.remove_suffix(1);
  return url;
}

// Settings, lists or files of them (domains_file ...), upper and lower case being the same:
//   domains: a domain and all hosts in it; hosts: just these; urls: without scheme and fragment
//   words: any of them between characters that are neither letters nor digits
//   soft_words: soft_word_threshold (2) different ones; parts: anywhere, other characters left out
//   required: true             a document without a URL is turned away
class Url : public DocumentStep {
 public:
  Url(const Config& config, StepContext& context) {
    const auto read = [&](std::string_view key, auto canonical) {
      Set set;
      for (const std::string& entry : entries(config, context, key)) set.emplace(canonical(entry));
      set.erase("");
      return set;
    };
    const auto host = [](const std::string& entry) { return lower(host_of(entry)); };
    domains_ = read("domains", host);
    hosts_ = read("hosts", host);
    urls_ = read("urls", [](const std::string& entry) { return lower(bare_url(entry)); });
    words_ = read("words", letters_and_digits);
    soft_words_ = read("soft_words", letters_and_digits);
    const Set parts = read("parts", letters_and_digits);
    parts_.assign(parts.begin(), parts.end());
    std::sort(parts_.begin(), parts_.end());
    soft_threshold_ = bounded<double>(config, "soft_word_threshold", 2, {.least = 1});
    required_ = config.get("required", false);
    config.finish();
    if (!required_ && domains_.empty() && hosts_.empty() && urls_.empty() && words_.empty() &&
        soft_words_.empty() && parts_.empty()) {
      fail(ErrorCode::kInvalidArgument, "{}: give a list of addresses or words, or required: true",
           config.where("domains"));
    }
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const Json& meta = subject.document().meta;
    const auto found = meta.is_object() ? meta.find("url") : meta.end();
    const bool missing = found == meta.end() || !found->is_string();
    if (missing && !required_) return judge.count("no_url");
    if (!judge.forbid(kMissing, missing, "")) return;
    if (!missing) judge_url(lower(found->get_ref<const std::string&>()), judge);
  }

 private:
  void judge_url(const std::string& url, Judge& judge) const {
    const std::string_view host = host_of(url);
    const std::string_view domain = listed_domain(host);
    if (!judge.forbid(kDomain, !domain.empty(), domain)) return;
    if (!judge.forbid(kHost, hosts_.contains(host), host)) return;
    if (!judge.forbid(kUrl, urls_.contains(bare_url(url)), url)) return;
    std::string_view hard;
    std::vector<std::string_view> soft;
    for (size_t pos = 0; pos < url.size();) {
      size_t end = pos;
      while (end < url.size() && is_word_byte(url[end])) ++end;
      const std::string_view word = std::string_view(url).substr(pos, end - pos);
      if (hard.empty() && words_.contains(word)) hard = word;
      if (soft_words_.contains(word)) soft.push_back(word);
      pos = end + 1;
    }
    if (!judge.forbid(kWord, !hard.empty(), hard)) return;
    std::sort(soft.begin(), soft.end());
    soft.erase(std::unique(soft.begin(), soft.end()), soft.end());
    std::string named;
    for (const std::string_view word : soft) named.append(named.empty() ? "" : " ").append(word);
    const bool many = !soft.empty() && static_cast<double>(soft.size()) >= soft_threshold_;
    if (!judge.forbid(kSoftWords, many, named)) return;
    const std::string plain = letters_and_digits(url);
    const auto part = std::find_if(parts_.begin(), parts_.end(), [&](const std::string& what) {
      return plain.find(what) != std::string::npos;
    });
    judge.forbid(kPart, part != parts_.end(), part != parts_.end() ? *part : "");
  }

  std::string_view listed_domain(std::string_view host) const {
    while (!host.empty() && !domains_.contains(host)) {
      const size_t dot = host.find('.');
      host = dot == std::string_view::npos ? "" : host.substr(dot + 1);
    }
    return host;
  }

  Set domains_, hosts_, urls_, words_, soft_words_;
  std::vector<std::string> parts_;
  double soft_threshold_;
  bool required_;
};

}  // namespace

DocumentStepKind url_step() {
  return {
      .name = "url",
      .description = "Turns documents away by the URL in their meta: domains, hosts, URLs, words",
      .make = [](const Config& config, StepContext& context) -> std::unique_ptr<DocumentStep> {
        return std::make_unique<Url>(config, context);
      }};
}

}  // namespace fundi::curate
