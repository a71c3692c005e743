#include "cli/report/page.h"

#include "base/error.h"
#include "base/html_page.h"
#include "base/text.h"
#include "cli/report/sections.h"

namespace fundi::cli {

std::string report_page(const ReportData& data) {
  try {
    const std::string finished = data.stages.empty() ? "" : data.stages.back().finished;
    std::string html = "<header><h1>" + html_escape(data.title) + "</h1>\n";
    if (!data.intro.empty()) html += "<p class=\"lead\">" + html_escape(data.intro) + "</p>\n";
    html += fmt::format("<p class=\"muted\">Recipe <code>{}</code>{}{}, fundi {}</p></header>\n",
                        html_escape(data.recipe), finished.empty() ? "" : ", finished ",
                        html_escape(finished), html_escape(data.environment.value("fundi", "")));
    html += headline_cards(data) + evaluation_section(data) + answers_section(data) +
            training_section(data) + model_section(data) + data_section(data) + time_section(data) +
            provenance_section(data) + machine_section(data);
    return html_page(data.title, "", html);
  } catch (const Json::exception& e) {
    fail(ErrorCode::kCorruptData, "the report's input is not what was expected: {}", e.what());
  }
}

}  // namespace fundi::cli
