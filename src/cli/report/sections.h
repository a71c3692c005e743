#pragma once

#include <string>

#include "cli/report/page.h"

namespace fundi::cli {

// The sections of the page, each empty where its stages are absent.
std::string headline_cards(const ReportData& data);
std::string evaluation_section(const ReportData& data);
std::string answers_section(const ReportData& data);
std::string training_section(const ReportData& data);
std::string data_section(const ReportData& data);
std::string model_section(const ReportData& data);
std::string time_section(const ReportData& data);
std::string provenance_section(const ReportData& data);
std::string machine_section(const ReportData& data);

}  // namespace fundi::cli
