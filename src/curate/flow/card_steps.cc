#include "curate/flow/card_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/html_page.h"
#include "base/text.h"

namespace fundi::curate {
namespace {

struct Pair {
  int64_t documents, bytes;
};

Pair pair_of(const Json& volume) {
  return {volume.at(0).get<int64_t>(), volume.at(1).get<int64_t>()};
}

double share(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string bytes_text(int64_t bytes) {
  return bytes < 0 ? fmt::format("-{}", format_bytes(static_cast<uint64_t>(-bytes)))
                   : format_bytes(static_cast<uint64_t>(bytes));
}

std::string text_of(const Json& json, const char* key) {
  return html_escape(json.at(key).get<std::string>());
}

std::string funnel_row(const std::string& name_html, Pair left, int64_t removed, int64_t all) {
  const int64_t in = left.documents + removed;
  const std::string loss = removed == 0 ? ""
                                        : fmt::format("&minus;{} ({})", format_count(removed),
                                                      format_percent(share(removed, in)));
  return fmt::format(
      R"(<div class="step"><span class="name">{}</span><div class="track"><i class="kept" )"
      R"(style="width:{:.3f}%"></i><i class="gone" style="width:{:.3f}%"></i></div>)"
      R"(<span class="value"><b>{}</b> <span class="muted">{}</span></span>)"
      R"(<span class="value bad">{}</span></div>)"
      "\n",
      name_html, 100 * share(left.documents, all), 100 * share(removed, all),
      format_count(left.documents), bytes_text(left.bytes), loss);
}

std::string removed_text(const Json& entry) {
  const Pair in = pair_of(entry.at("in")), out = pair_of(entry.at("out"));
  const int64_t removed = in.documents - out.documents;
  if (removed == 0 && in.bytes == out.bytes) return "nothing removed";
  std::string text = removed == 0 ? "no document removed"
                                  : fmt::format("{} of {} documents removed ({})",
                                                format_count(removed), format_count(in.documents),
                                                format_percent(share(removed, in.documents)));
  return text + fmt::format(", {} {} of text", bytes_text(std::abs(in.bytes - out.bytes)),
                            in.bytes >= out.bytes ? "less" : "more");
}

// Excerpts may be of any script; each is laid out by itself.
std::string examples_html(const Json& examples) {
  std::string html;
  for (const Json& example : examples) {
    const std::string value = text_of(example, "value"), excerpt = text_of(example, "excerpt");
    html += fmt::format(
        R"(<details class="example"><summary>{}<code>{}</code><span class="clip" dir="auto">{})"
        R"(</span></summary><p dir="auto">{}</p></details>)"
        "\n",
        value.empty() ? "" : "<b dir=\"auto\">" + value + "</b> ", text_of(example, "id"), excerpt,
        excerpt);
  }
  return html;
}

std::string limits_text(const Json& examples) {
  std::set<std::string> limits;
  for (const Json& example : examples) {
    const std::string limit = text_of(example, "limit");
    if (!limit.empty()) limits.insert(limit);
  }
  return limits.empty() ? "" : fmt::format("<div>passes: {}</div>", fmt::join(limits, " or "));
}

std::string number_text(double value) {
  return std::abs(value) >= 1000 && std::abs(value) < 1e12 ? format_count(std::llround(value))
                                                           : fmt::format("{:.3g}", value);
}

std::string range_text(const Json& rule) {
  if (!rule.at("least").is_number() || !rule.at("greatest").is_number()) return "";
  return fmt::format("{} to {}, mean {}", number_text(rule.at("least").get<double>()),
                     number_text(rule.at("greatest").get<double>()),
                     number_text(rule.at("mean").get<double>()));
}

// A rule that removed something: what, how its values are spread, a few documents.
std::string busy_rule(const Json& rule, const Json& entry) {
  const auto name = rule.at("rule").get<std::string>();
  const Pair removed = pair_of(entry.at("rejected").at(name));
  const Json examples = entry.at("examples").value(name, Json::array());
  std::string plot = histogram_svg(rule);
  if (!plot.empty()) {
    plot = fmt::format("<div>{}<small class=\"muted\">{}</small></div>", plot, range_text(rule));
  }
  return fmt::format(
      R"(<div class="rule{}"><div><h4>{}</h4><b class="bad">{}</b> removed<div class="muted">{} of )"
      R"(text{}</div></div>{}<div>{}</div></div>)"
      "\n",
      plot.empty() ? " plain" : "", words_html(name), format_count(removed.documents),
      bytes_text(removed.bytes), limits_text(examples), plot, examples_html(examples));
}

std::string quiet_rules(const std::vector<const Json*>& rules) {
  if (rules.empty()) return "";
  std::string html;
  for (const Json* rule : rules) {
    const std::string plot = histogram_svg(*rule);
    html += fmt::format(R"(<div><h4>{}</h4>{}<small class="muted">{} documents{}</small></div>)"
                        "\n",
                        words_html(rule->at("rule").get<std::string>()), plot,
                        format_count(rule->at("documents").get<int64_t>()),
                        plot.empty() ? "" : ": " + range_text(*rule));
  }
  return fmt::format(
      "<details><summary>{} that removed nothing</summary><div class=\"quiet\">{}</div>"
      "</details>\n",
      rules.size() == 1 ? "1 rule" : fmt::format("{} rules", rules.size()), html);
}

std::string rules_html(const Json& entry) {
  std::string busy;
  std::vector<const Json*> quiet;
  for (const Json& rule : entry.at("rules")) {
    if (entry.at("rejected").contains(rule.at("rule").get<std::string>())) {
      busy += busy_rule(rule, entry);
    } else if (rule.at("documents").get<int64_t>() > 0) {
      quiet.push_back(&rule);
    }
  }
  return busy + quiet_rules(quiet);
}

std::string counts_html(const Json& counts) {
  std::string html;
  for (const auto& [what, n] : counts.items()) {
    html += fmt::format("<span class=\"chip\"><b>{}</b> {}</span>\n",
                        format_count(n.get<int64_t>()), words_html(what));
  }
  return html.empty() ? "" : "<div class=\"chips\">" + html + "</div>\n";
}

std::string clusters_html(const Json& clusters) {
  if (clusters.empty()) return "";
  std::string rows;
  for (const Json& cluster : clusters) {
    const auto size = cluster.at("size").get<size_t>();
    std::string ids;
    for (const Json& id : cluster.at("documents")) {
      const auto text = id.get<std::string>();
      ids += fmt::format("<code>{}</code> ", html_escape(text.empty() ? "?" : text));
    }
    const size_t more = size - std::min(size, cluster.at("documents").size());
    if (more > 0) ids += fmt::format("<span class=\"muted\">and {} more</span>", more);
    rows += fmt::format("<tr><td class=\"n\">{}</td><td class=\"ids\">{}</td></tr>\n",
                        format_count(static_cast<int64_t>(size)), ids);
  }
  return "<h4>Largest clusters</h4><div class=\"scroll\"><table><tr><th class=\"n\">Documents</th>"
         "<th>the one kept first</th></tr>" +
         rows + "</table></div>\n";
}

}  // namespace

std::string words_html(const std::string& name) { return html_escape(replace_all(name, "_", " ")); }

std::string funnel_html(const Json& card) {
  const Json& read = card.at("read");
  const Json& written = card.at("written");
  const auto all = read.at("records").get<int64_t>();
  std::string html =
      funnel_row("read", {read.at("documents").get<int64_t>(), read.at("bytes").get<int64_t>()},
                 read.at("quarantined").get<int64_t>(), all);
  size_t number = 0;
  for (const Json& entry : card.at("funnel")) {
    const Pair out = pair_of(entry.at("out"));
    html += funnel_row(fmt::format("<a href=\"#step-{}\">{}</a>", ++number, text_of(entry, "step")),
                       out, pair_of(entry.at("in")).documents - out.documents, all);
  }
  html += fmt::format(
      "<p class=\"muted\">Written, as the mix asks: <b>{}</b> documents, {}. Bars are shares of "
      "all "
      "that was read; <i class=\"key kept\"></i>stays, <i class=\"key gone\"></i>goes.</p>",
      format_count(written.at("documents").get<int64_t>()),
      bytes_text(written.at("bytes").get<int64_t>()));
  return "<h2>From what was read to what is left</h2>\n<div class=\"panel funnel\">" + html +
         "</div>\n";
}

std::string problems_html(const Json& card) {
  std::string html;
  for (const Json& problem : card.at("read").at("problems")) {
    std::string examples;
    for (const Json& example : problem.at("examples")) {
      examples += fmt::format("<div class=\"example\"><code>{}</code> <small>{}</small></div>",
                              text_of(example, "id"), text_of(example, "reason"));
    }
    html += fmt::format("<div class=\"problem\"><b class=\"bad\">{}</b><div>{}{}</div></div>\n",
                        format_count(problem.at("records").get<int64_t>()),
                        text_of(problem, "reason"), examples);
  }
  return html.empty() ? "" : "<h2>Quarantined</h2>\n<div class=\"panel\">" + html + "</div>\n";
}

std::string steps_html(const Json& card) {
  if (card.at("funnel").empty()) return "";
  std::string html = "<h2>Step by step</h2>\n";
  size_t number = 0;
  for (const Json& entry : card.at("funnel")) {
    ++number;
    html += fmt::format(
        "<section class=\"panel\" id=\"step-{}\"><h3><span class=\"muted\">{}</span> {}</h3>"
        "<p class=\"muted\">{}</p>\n",
        number, number, text_of(entry, "step"), removed_text(entry));
    html += counts_html(entry.at("counts")) + rules_html(entry) +
            clusters_html(entry.at("clusters")) + "</section>\n";
  }
  return html;
}

}  // namespace fundi::curate
