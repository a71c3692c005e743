// The sections about what came out: headline numbers, evaluation, answers, training curves.
#include <cmath>

#include "base/error.h"
#include "base/html_page.h"
#include "base/text.h"
#include "cli/report/plot.h"
#include "cli/report/sections.h"
#include "data/jsonl.h"

namespace fundi::cli {
namespace {

constexpr size_t kShownSamples = 7;

const recipe::Manifest* last_of(const ReportData& data, std::string_view kind) {
  for (size_t i = data.stages.size(); i-- > 0;) {
    if (data.stages[i].kind == kind) return &data.stages[i];
  }
  return nullptr;
}

std::string samples_table(const Json& samples, bool right) {
  if (samples.empty()) return "";
  std::string html = "<div class=\"scroll\"><table><tr><th>Question</th><th>Answer</th>";
  html += right ? "</tr>" : "<th>Expected</th></tr>";
  size_t shown = 0;
  for (const Json& sample : samples) {
    if (++shown > kShownSamples) break;
    html +=
        fmt::format("<tr><td>{}</td><td class=\"{}\">{}</td>",
                    html_escape(sample.at("question").get<std::string>()), right ? "good" : "bad",
                    html_escape(sample.at("answer").get<std::string>()));
    if (!right) {
      html += "<td>" + html_escape(sample.at("expected").get<std::string>()) + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table></div>";
}

std::string one_evaluation(const Json& results) {
  std::string bars, samples;
  for (const Json& set : results.at("sets")) {
    const auto name = set.at("name").get<std::string>();
    const double rate = set.at("exact_match").get<double>();
    bars += fmt::format(
        "<div class=\"bar\"><span>{}</span><div class=\"track\"><div class=\"fill{}\" "
        "style=\"width:{:.2f}%\"></div></div><span class=\"value\"><b>{}</b> <span "
        "class=\"muted\">{} of {}</span></span></div>\n",
        html_escape(name), name == "unseen" ? " s2" : "", 100 * rate, format_percent(rate),
        format_count(set.at("right").get<int64_t>()), format_count(set.at("total").get<int64_t>()));
    const std::string right = samples_table(set.at("right_samples"), true);
    const std::string wrong = samples_table(set.at("wrong_samples"), false);
    if (!right.empty())
      samples += "<div><h3>Right, " + html_escape(name) + "</h3>" + right + "</div>";
    if (!wrong.empty())
      samples += "<div><h3>Wrong, " + html_escape(name) + "</h3>" + wrong + "</div>";
  }
  return "<div class=\"panel\">" + bars +
         "<p class=\"muted\">Exact match of greedy answers, drawn and compared after Unicode "
         "normalisation. <b>seen</b>: wordings the model was trained on; <b>unseen</b>: other "
         "wordings for the same words.</p><div class=\"two\">" +
         samples + "</div></div>";
}

struct Curves {
  PlotSeries loss{"training loss", "s1", {}, false};
  PlotSeries eval{"held-out loss", "s2", {}, true};
  PlotSeries speed{"tokens per second", "s1", {}, false};
  PlotSeries rate{"learning rate", "s1", {}, false};
};

void add_point(PlotSeries& series, const Json& row, const char* key) {
  const auto step = row.find("step"), value = row.find(key);
  if (step == row.end() || value == row.end()) return;
  if (!step->is_number() || !value->is_number()) return;
  series.points.push_back({step->get<double>(), value->get<double>()});
}

Curves read_curves(const recipe::Manifest& stage) {
  Curves curves;
  const recipe::Manifest::Item* metrics = stage.output("metrics");
  if (metrics == nullptr) return curves;
  data::JsonlReader reader(metrics->path);
  for (data::JsonlRow row; reader.next(row);) {
    add_point(curves.loss, row.json, "loss");
    add_point(curves.eval, row.json, "eval_loss");
    add_point(curves.speed, row.json, "tokens_per_second");
    add_point(curves.rate, row.json, "learning_rate");
  }
  return curves;
}

std::string facts(const Json& summary) {
  std::string text;
  const auto add = [&](const std::string& fact) { text += (text.empty() ? "" : " · ") + fact; };
  add(summary.value("objective", ""));
  add(format_count(summary.value("steps", int64_t{0})) + " steps");
  add(format_short_count(summary.value("tokens", 0.0)) + " tokens");
  add(format_duration(summary.value("seconds", 0.0)));
  add(format_short_count(summary.value("tokens_per_second", 0.0)) + " tokens/s");
  add(fmt::format("last loss {:.4f}", summary.value("loss", 0.0)));
  if (summary.contains("eval_loss") && summary["eval_loss"].is_number()) {
    add(fmt::format("held-out loss {:.4f}", summary["eval_loss"].get<double>()));
  }
  return text;
}

}  // namespace

std::string headline_cards(const ReportData& data) {
  std::string html = "<div class=\"cards\">\n";
  if (const auto* evaluate = last_of(data, "evaluate")) {
    for (const char* set : {"seen", "unseen"}) {
      const auto found = evaluate->summary.find(fmt::format("{}_exact_match", set));
      if (found == evaluate->summary.end()) continue;
      html += html_tile(format_percent(found->get<double>()),
                        fmt::format("right, {} wordings", set), true);
    }
  }
  if (const auto* exported = last_of(data, "export")) {
    html += html_tile(format_short_count(exported->summary.value("parameters", 0.0)), "parameters");
    html += html_tile(format_bytes(exported->summary.value("bytes", uint64_t{0})), "on disk");
  }
  if (const auto* rows = last_of(data, "rows")) {
    html += html_tile(format_count(rows->summary.value("pairs", int64_t{0})), "word pairs learned");
  }
  double seconds = 0, tokens = 0, training = 0;
  for (const recipe::Manifest& stage : data.stages) {
    seconds += stage.seconds;
    if (stage.kind != "train") continue;
    tokens += stage.summary.value("tokens", 0.0);
    training += stage.summary.value("seconds", 0.0);
  }
  if (training > 0)
    html += html_tile(format_short_count(tokens / training), "tokens/s in training");
  html += html_tile(format_duration(seconds), "from documents to answers");
  return html + "</div>\n";
}

std::string evaluation_section(const ReportData& data) {
  std::string html;
  for (const recipe::Manifest& stage : data.stages) {
    const recipe::Manifest::Item* results = stage.output("results");
    if (stage.kind == "evaluate" && results != nullptr) {
      html += one_evaluation(read_json(results->path));
    }
  }
  return html.empty() ? "" : "<h2>Does it answer?</h2>\n" + html;
}

std::string answers_section(const ReportData& data) {
  std::string html;
  for (const recipe::Manifest& stage : data.stages) {
    const recipe::Manifest::Item* answers = stage.output("answers");
    if (stage.kind != "serve" || answers == nullptr) continue;
    html += "<div class=\"panel chat\">";
    for (const Json& item : read_json(answers->path)) {
      html += fmt::format(
          "<div class=\"said q\">{}</div><div class=\"said a\">{}<small>{} tokens in {:.0f} "
          "ms</small></div>\n",
          html_escape(item.at("question").get<std::string>()),
          html_escape(item.at("answer").get<std::string>()), item.at("tokens").get<int64_t>(),
          1000 * item.at("seconds").get<double>());
    }
    html += "</div>";
  }
  return html.empty() ? "" : "<h2>Asked over HTTP</h2>\n" + html;
}

std::string training_section(const ReportData& data) {
  std::string html;
  for (const recipe::Manifest& stage : data.stages) {
    if (stage.kind != "train") continue;
    const Curves curves = read_curves(stage);
    html += fmt::format("<h3>{}</h3><p class=\"muted\">{}</p><div class=\"two\">",
                        html_escape(stage.stage), html_escape(facts(stage.summary)));
    html += "<div class=\"panel\">" +
            line_plot({curves.loss, curves.eval},
                      {.x_label = "step", .y_label = "Loss (nats a token)", .log_y = true}) +
            "</div><div class=\"panel\">" +
            line_plot({curves.speed},
                      {.x_label = "step", .y_label = "Tokens per second", .from_zero = true}) +
            "</div></div>\n";
  }
  return html.empty() ? "" : "<h2>Training</h2>\n" + html;
}

}  // namespace fundi::cli
