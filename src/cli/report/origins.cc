// The sections about where it came from: model, data, time, provenance, machine and settings.
#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/report/sections.h"
#include "cli/stages/common.h"

namespace fundi::cli {
namespace {

std::string row(const std::string& name, const std::string& value) {
  return fmt::format("<tr><td class=\"muted\">{}</td><td>{}</td></tr>\n", html_escape(name),
                     html_escape(value));
}

std::string number_row(const std::string& name, const std::string& value) {
  return fmt::format("<tr><td>{}</td><td class=\"n\">{}</td></tr>\n", html_escape(name),
                     html_escape(value));
}

std::string shown(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return format_count(value.get<int64_t>());
  return dump_json(value);
}

// "stages/rows/sft.jsonl" rather than the whole path.
std::string short_path(const std::string& path) {
  const size_t stages = path.rfind("/stages/");
  return stages == std::string::npos ? path : path.substr(stages + 8);
}

std::string digest(const std::string& hex) {
  return fmt::format("<code title=\"sha256:{}\">{}</code>", html_escape(hex),
                     html_escape(hex.substr(0, 12)));
}

std::string items_cell(const std::vector<recipe::Manifest::Item>& items) {
  std::string html;
  for (const recipe::Manifest::Item& item : items) {
    const std::string name = item.from.empty() ? short_path(item.path) : item.from;
    html += fmt::format("<div>{} <span class=\"muted\">{}</span> {}</div>", html_escape(name),
                        html_escape(format_bytes(item.bytes)), digest(item.digest));
  }
  return html.empty() ? "<span class=\"muted\">none</span>" : html;
}

std::string sources_table(const ReportData& data) {
  std::string html;
  for (const recipe::Manifest& stage : data.stages) {
    if (!stage.summary.contains("sources")) continue;
    for (const Json& source : stage.summary["sources"]) {
      const std::string title = source.value("title", "");
      html += fmt::format(
          "<tr><td>{}<div class=\"muted\">{}</div></td><td class=\"n\">{}</td><td>{}</td></tr>\n",
          html_escape(title.empty() ? source.value("source", "") : title),
          html_escape(source.value("origin", "")),
          format_count(source.value("documents", int64_t{0})), html_escape(licences_of(source)));
    }
  }
  if (html.empty()) return "";
  return "<div class=\"panel scroll\"><table><tr><th>Source</th><th class=\"n\">Documents</th>"
         "<th>Licence</th></tr>" +
         html + "</table></div>\n";
}

// The data card of a corpus as it is, a page in the page.
std::string card_frame(const ReportData& data) {
  std::string html;
  for (const recipe::Manifest& stage : data.stages) {
    const auto* card = stage.output("card");
    if (card == nullptr) continue;
    html += fmt::format(
        "<details class=\"panel\"><summary>The data card: what was read, turned away and kept "
        "</summary><p class=\"muted\">By itself: <code>stages/{}</code></p><iframe title=\"Data "
        "card\" "
        "sandbox loading=\"lazy\" style=\"width:100%;height:80vh;border:0\" srcdoc=\"{}\">"
        "</iframe></details>\n",
        html_escape(short_path(card->path)), html_escape(read_file(card->path)));
  }
  return html;
}

std::string row_counts(const ReportData& data) {
  static constexpr std::pair<const char*, const char*> kCounts[] = {
      {"entries", "entries with a translation"},
      {"merged", "merged with another of the same headword"},
      {"too_long", "dropped: translation too long"},
      {"over_max_pairs", "dropped: beyond max_pairs"},
      {"pairs", "word pairs"},
      {"pretrain_rows", "texts for pretraining"},
      {"sft_rows", "questions and answers for fine-tuning"},
      {"eval_seen_rows", "evaluation questions, seen wordings"},
      {"eval_unseen_rows", "evaluation questions, unseen wordings"}};
  std::string html;
  for (const recipe::Manifest& stage : data.stages) {
    if (stage.kind == "curate") {
      html += number_row("records read", format_count(stage.summary.value("records", int64_t{0})));
      html += number_row("quarantined: no document",
                         format_count(stage.summary.value("quarantined", int64_t{0})));
    }
    if (stage.kind != "rows") continue;
    for (const auto& [key, label] : kCounts) {
      html += number_row(label, format_count(stage.summary.value(key, int64_t{0})));
    }
  }
  for (const recipe::Manifest& stage : data.stages) {
    if (stage.kind != "tokenizer") continue;
    html += number_row("tokens in the vocabulary",
                       format_count(stage.summary.value("vocab_size", int64_t{0})));
    html += number_row("bytes a token",
                       fmt::format("{:.2f}", stage.summary.value("bytes_per_token", 0.0)));
  }
  return html.empty() ? "" : "<div class=\"panel\"><table>" + html + "</table></div>\n";
}

}  // namespace

std::string model_section(const ReportData& data) {
  std::string html;
  for (const recipe::Manifest& stage : data.stages) {
    if (stage.kind != "export") continue;
    const Json& summary = stage.summary;
    const Json config = summary.value("config", Json::object());
    std::string shape = row("Parameters", shown(summary.value("parameters", Json(0)))) +
                        row("Weights", shown(summary.value("dtype", Json(""))));
    static constexpr std::pair<const char*, const char*> kShape[] = {
        {"model_type", "Architecture"},
        {"num_hidden_layers", "Layers"},
        {"hidden_size", "Width"},
        {"intermediate_size", "Feed-forward width"},
        {"num_attention_heads", "Heads"},
        {"num_key_value_heads", "Key-value heads"},
        {"max_position_embeddings", "Context"},
        {"vocab_size", "Vocabulary"},
        {"tie_word_embeddings", "Tied embedding"}};
    for (const auto& [key, label] : kShape) {
      if (config.contains(key)) shape += row(label, shown(config[key]));
    }
    if (!summary.value("license", "").empty()) shape += row("Licence", summary["license"]);
    std::string files;
    for (const Json& file : summary.value("files", Json::array())) {
      files += number_row(file.value("name", ""), format_bytes(file.value("bytes", uint64_t{0})));
    }
    files += number_row("together", format_bytes(summary.value("bytes", uint64_t{0})));
    html += "<div class=\"two\"><div class=\"panel\"><table>" + shape +
            "</table></div><div class=\"panel\"><table><tr><th>File</th><th class=\"n\">Size</th>"
            "</tr>" +
            files + "</table></div></div>\n";
  }
  return html.empty() ? "" : "<h2>The model</h2>\n" + html;
}

std::string data_section(const ReportData& data) {
  const std::string html = sources_table(data) + card_frame(data) + row_counts(data);
  return html.empty() ? "" : "<h2>The data</h2>\n" + html;
}

std::string time_section(const ReportData& data) {
  double total = 0, longest = 1e-9;
  for (const recipe::Manifest& stage : data.stages) {
    total += stage.seconds;
    longest = std::max(longest, stage.seconds);
  }
  std::string html = "<h2>Where the time went</h2>\n<div class=\"panel\">";
  for (const recipe::Manifest& stage : data.stages) {
    html += fmt::format(
        "<div class=\"bar\"><span>{}</span><div class=\"track\"><div class=\"fill\" "
        "style=\"width:{:.2f}%\"></div></div><span class=\"value\">{} <span "
        "class=\"muted\">{}</span></span></div>\n",
        html_escape(stage.stage), 100 * stage.seconds / longest,
        stage.seconds < 10 ? fmt::format("{:.1f} s", stage.seconds)
                           : format_duration(stage.seconds),
        stage.seconds >= 0.005 * total ? fmt::format("{:.0f}%", 100 * stage.seconds / total) : "");
  }
  return html + fmt::format(
                    "<p class=\"muted\">{} together; stages that did not need to run again "
                    "count with the time they once took.</p></div>\n",
                    format_duration(total));
}

std::string provenance_section(const ReportData& data) {
  std::string html =
      "<h2>What was made from what</h2>\n<div class=\"panel scroll\"><table><tr><th>Stage</th>"
      "<th>Made from</th><th>Made</th><th>Finished</th></tr>\n";
  for (const recipe::Manifest& stage : data.stages) {
    html += fmt::format(
        "<tr><td><b>{}</b><div class=\"muted\">{} v{}</div></td><td>{}</td><td>{}</td><td "
        "class=\"muted nowrap\">{}</td></tr>\n",
        html_escape(stage.stage), html_escape(stage.kind), stage.version, items_cell(stage.inputs),
        items_cell(stage.outputs),
        html_escape(replace_all(replace_all(stage.finished, "T", " "), "Z", " UTC")));
  }
  return html +
         "</table><p class=\"muted\">Beside each file: its size and the start of its SHA-256; "
         "hover "
         "for all of it. Each stage's manifest.json holds the same and its settings.</p></div>\n";
}

std::string machine_section(const ReportData& data) {
  static constexpr std::pair<const char*, const char*> kFacts[] = {
      {"cpu", "Processor"}, {"cores", "Cores"},   {"threads", "Threads used"},
      {"system", "System"}, {"kernel", "Kernel"}, {"fundi", "fundi"}};
  std::string html = "<h2>Machine and settings</h2>\n<div class=\"panel\"><table>";
  for (const auto& [key, label] : kFacts) {
    if (data.environment.contains(key)) html += row(label, shown(data.environment[key]));
  }
  if (data.environment.contains("memory_bytes")) {
    html += row("Memory", format_bytes(data.environment["memory_bytes"].get<uint64_t>()));
  }
  html += "</table>";
  for (const recipe::Manifest& stage : data.stages) {
    std::string settings = dump_json_pretty(stage.settings);
    while (!settings.empty() && settings.back() == '\n') settings.pop_back();
    html += fmt::format("<details><summary>{}</summary><pre>{}</pre></details>",
                        html_escape(stage.stage), html_escape(settings));
  }
  return html + "</div>\n";
}

}  // namespace fundi::cli
