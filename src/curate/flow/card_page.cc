// render_card of flow/card.h.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/html_page.h"
#include "base/text.h"
#include "base/yaml.h"
#include "curate/flow/card.h"
#include "curate/flow/card_steps.h"

namespace fundi::curate {
namespace {

constexpr size_t kMostLanguages = 24, kMostLicences = 12;

constexpr const char* kStyle = R"css(
h4{font-size:14px;margin:0 0 2px;font-weight:600}
.panel>h3{margin:0 0 2px;font-size:17px}
.notes{border-left:4px solid var(--s2);margin-top:20px}.notes ul{margin:0;padding-left:18px}
.notes li{overflow-wrap:anywhere}
.funnel a{color:inherit;text-decoration-color:var(--rule);text-underline-offset:3px}
.step{display:grid;grid-template-columns:170px 1fr 150px 130px;gap:14px;align-items:center;
margin:7px 0}
.step .name{overflow-wrap:anywhere}.step .value{font-variant-numeric:tabular-nums;
white-space:nowrap}
.step .value.bad{text-align:right}
.track{background:var(--rule);border-radius:6px;height:16px;overflow:hidden;display:flex}
.kept{background:var(--s1);fill:var(--s1)}.gone{background:var(--s2);fill:var(--s2)}
i.key{display:inline-block;width:12px;height:12px;border-radius:3px;margin:0 5px 0 3px;
vertical-align:-1px}
.rule{display:grid;grid-template-columns:170px 260px minmax(0,1fr);gap:22px;padding:14px 0;
border-top:1px solid var(--rule)}
.rule.plain{grid-template-columns:170px minmax(0,1fr)}.rule>*{min-width:0}
.quiet{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:18px;
margin-top:10px}
svg.spread{width:100%;max-width:260px;height:auto;display:block}
.spread text{font-size:11px}
.example{margin:0 0 6px}
.example summary{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;color:var(--ink)}
.example code,.ids code{color:var(--muted)}.example .clip{font-size:13px;margin-left:8px}
.example[open] .clip{display:none}.example summary b{font-size:13.5px}.example[open] summary{white-space:normal;overflow-wrap:anywhere}
.example summary code{display:inline-block;max-width:55%;overflow:hidden;text-overflow:ellipsis;
vertical-align:bottom}.example[open] summary code{display:inline;max-width:none}
.example p{font-size:13px;margin:4px 0 10px;padding-left:14px;border-left:2px solid var(--rule);
white-space:pre-line;overflow-wrap:anywhere}
.example code,.ids code{unicode-bidi:isolate}
.problem{display:grid;grid-template-columns:90px minmax(0,1fr);gap:4px 14px;padding:8px 0;
border-top:1px solid var(--rule)}.problem:first-child{border-top:0}.problem b{text-align:right}
.problem .example{margin:2px 0 0}
.ids code{display:inline-block;margin-right:10px}
.chips{display:flex;flex-wrap:wrap;gap:8px;margin:4px 0 12px}
.chip{background:var(--soft);border-radius:999px;padding:2px 11px;font-size:13px}
td.source{min-width:150px}td.licence{min-width:160px;max-width:340px;overflow-wrap:anywhere}
.panel>pre{margin:0;color:var(--ink)}
@media(max-width:760px){.step{grid-template-columns:1fr auto;gap:2px 14px}
.step .track{grid-column:1/3;grid-row:2}.step .value{text-align:right}
.step .value.bad{grid-column:1/3}.step .value.bad:empty{display:none}
.rule,.rule.plain{grid-template-columns:minmax(0,1fr);gap:10px}
.problem{grid-template-columns:56px minmax(0,1fr)}}
)css";

std::string text_of(const Json& json, const char* key) {
  return html_escape(json.at(key).get<std::string>());
}

std::string bytes_of(const Json& json) { return format_bytes(json.get<uint64_t>()); }
std::string count_of(const Json& json) { return format_count(json.get<int64_t>()); }

std::string header_html(const Json& card) {
  const auto sample = card.at("sample").get<int64_t>();
  return fmt::format(
      "<header><h1>{}</h1><p class=\"muted\">Data card of the corpus in <code>{}</code>{}</p>"
      "</header>\n",
      text_of(card, "name"), text_of(card, "output"),
      sample > 0 ? fmt::format(": a sample of about {} documents", format_count(sample)) : "");
}

size_t known_languages(const Json& card) {
  const Json& languages = card.at("languages");
  return languages.size() - languages.contains("");
}

std::string tiles_html(const Json& card) {
  const Json &read = card.at("read"), &written = card.at("written");
  const auto short_of = [](const Json& n) { return format_short_count(n.get<double>()); };
  std::string html = html_tile(short_of(written.at("documents")), "documents written", true) +
                     html_tile(bytes_of(written.at("bytes")), "of text written", true);
  if (written.at("tokens").get<uint64_t>() > 0) {
    html += html_tile(short_of(written.at("tokens")), "tokens", true);
  }
  html += html_tile(short_of(read.at("documents")), "documents read") +
          html_tile(bytes_of(read.at("bytes")), "of text read");
  const size_t known = known_languages(card);
  if (known > 0) {
    html +=
        html_tile(format_count(static_cast<int64_t>(known)), known == 1 ? "language" : "languages");
  }
  return "<div class=\"cards\">" + html +
         html_tile(short_of(read.at("quarantined")), "quarantined") + "</div>\n";
}

std::string notes_html(const Json& card) {
  std::string html;
  for (const Json& note : card.at("notes")) {
    html += "<li>" + html_escape(note.get<std::string>()) + "</li>\n";
  }
  return html.empty() ? "" : "<div class=\"panel notes\"><ul>" + html + "</ul></div>\n";
}

std::string language_row(const std::string& code, int64_t documents, int64_t bytes, int64_t most) {
  const double width = most > 0 ? 100 * static_cast<double>(bytes) / static_cast<double>(most) : 0;
  return fmt::format(
      "<div class=\"bar\"><span>{}</span><div class=\"track\"><div class=\"fill\" "
      "style=\"width:{:.2f}%\"></div></div><span class=\"value\"><b>{}</b> <span class=\"muted\">{}"
      "</span></span></div>\n",
      code, width, format_count(documents), format_bytes(static_cast<uint64_t>(bytes)));
}

std::string languages_html(const Json& card) {
  struct Language {
    std::string code;
    int64_t documents, bytes;
  };
  std::vector<Language> languages;
  for (const auto& [code, volume] : card.at("languages").items()) {
    languages.push_back({code.empty() ? "not known" : html_escape(code),
                         volume.at(0).get<int64_t>(), volume.at(1).get<int64_t>()});
  }
  if (known_languages(card) == 0) return "";
  std::stable_sort(languages.begin(), languages.end(),
                   [](const Language& a, const Language& b) { return a.bytes > b.bytes; });
  std::string html;
  Language others{"", 0, 0};
  for (size_t i = 0; i < languages.size(); ++i) {
    const auto& [code, documents, bytes] = languages[i];
    if (i < kMostLanguages) {
      html += language_row(code, documents, bytes, languages[0].bytes);
    } else {
      others.documents += documents;
      others.bytes += bytes;
    }
  }
  if (languages.size() > kMostLanguages) {
    html += language_row(fmt::format("{} others", languages.size() - kMostLanguages),
                         others.documents, others.bytes, languages[0].bytes);
  }
  return "<h2>Languages</h2>\n<div class=\"panel\">" + html + "</div>\n";
}

// What the documents state, or what the recipe says where nothing has been written.
std::string licences_html(const Json& source) {
  const auto shown = [](const std::string& licence) {
    return licence.empty() ? std::string("<span class=\"bad\">not stated</span>")
                           : html_escape(licence);
  };
  const Json& licences = source.at("licences");
  if (licences.empty()) return shown(source.at("licence").get<std::string>());
  std::string html;
  for (size_t i = 0; i < std::min(licences.size(), kMostLicences); ++i) {
    const Json& entry = licences[i];
    html += fmt::format("<div>{}{}</div>", shown(entry.at("licence").get<std::string>()),
                        licences.size() == 1 ? ""
                                             : fmt::format(" <span class=\"muted\">{}</span>",
                                                           count_of(entry.at("written").at(0))));
  }
  if (licences.size() > kMostLicences) {
    html +=
        fmt::format("<div class=\"muted\">and {} others</div>", licences.size() - kMostLicences);
  }
  return html;
}

std::string source_row(const Json& source) {
  const Json& written = source.at("written");
  std::string name = text_of(source, "source");
  for (const char* key : {"title", "origin"}) {
    const std::string text = text_of(source, key);
    if (!text.empty()) name += "<div class=\"muted\">" + text + "</div>";
  }
  std::string rate = "&ndash;", available = rate;
  if (source.contains("rate")) {  // the mix has run
    rate = fmt::format("{:.3g}", source["rate"].get<double>());
    available = bytes_of(source.at("available"));
  }
  std::string tokens;
  if (source.value("tokens", 0) > 0) {
    tokens = "<div class=\"muted\">" + count_of(source["tokens"]) + " tokens</div>";
  }
  return fmt::format(
      "<tr><td class=\"source\">{}</td><td class=\"licence\">{}</td><td class=\"n\">{}</td><td "
      "class=\"n\">{}</td><td class=\"n\">{}"
      "</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
      name, licences_html(source), count_of(source.at("files")), available, count_of(written.at(0)),
      bytes_of(written.at(1)) + tokens, rate, html_escape(source.value("bound", "")));
}

std::string sources_html(const Json& card) {
  std::string html;
  for (const Json& source : card.at("sources")) html += source_row(source);
  return "<h2>Sources</h2>\n<div class=\"panel scroll\"><table><tr><th>Source</th><th>Licence</th>"
         "<th class=\"n\">Files</th><th class=\"n\">Left after the steps</th>"
         "<th class=\"n\">Documents written</th><th class=\"n\">Text written</th>"
         "<th class=\"n\">Times</th><th>Held back by</th></tr>" +
         html + "</table></div>\n";
}

std::string split_html(const Json& card) {
  std::string html;
  for (const char* side : {"train", "validation"}) {
    const Json& volume = card.at("written").at(side);
    html += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td></tr>\n",
        side, count_of(volume.at("documents")), bytes_of(volume.at("bytes")),
        count_of(volume.at("shards")));
  }
  return "<h2>Split</h2>\n<div class=\"panel scroll\"><table><tr><th></th>"
         "<th class=\"n\">Documents</th><th class=\"n\">Text</th><th class=\"n\">Shards</th></tr>" +
         html + "</table></div>\n";
}

std::string recipe_html(const Json& card) {
  return "<h2>Recipe</h2>\n<div class=\"panel\"><pre>" + html_escape(dump_yaml(card.at("recipe"))) +
         "</pre></div>\n";
}

}  // namespace

std::string render_card(const Json& card) {
  try {
    return html_page(card.at("name").get<std::string>(), kStyle,
                     header_html(card) + tiles_html(card) + notes_html(card) + funnel_html(card) +
                         problems_html(card) + steps_html(card) + languages_html(card) +
                         sources_html(card) + split_html(card) + recipe_html(card));
  } catch (const Json::exception& e) {
    fail(ErrorCode::kCorruptData, "the data card is not what was expected: {}", e.what());
  }
}

}  // namespace fundi::curate
