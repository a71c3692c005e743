#pragma once

#include <string>

#include "base/json.h"

namespace fundi::curate {

// Parts of the page of card.h about steps, as HTML; throw Json::exception for what is no card.

// A bar a step: what is left of the documents and what the step removed.
std::string funnel_html(const Json& card);
// Why records were quarantined, with a few of each kind; empty where none was.
std::string problems_html(const Json& card);
// A panel a step: its rules with histograms and examples, what it counted, clusters.
std::string steps_html(const Json& card);

// How the values of a rule are spread, those it turned away in another colour, as inline SVG; empty
// where the rule only says yes or no.
std::string histogram_svg(const Json& rule);

// "lines_removed" -> "lines removed", escaped.
std::string words_html(const std::string& name);

}  // namespace fundi::curate
