#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fundi::cli {

struct PlotPoint {
  double x = 0, y = 0;
};

struct PlotSeries {
  std::string name;   // for the legend
  std::string style;  // CSS class of the line: "s1", "s2"
  std::vector<PlotPoint> points;
  bool dots = false;  // mark each point
};

struct PlotOptions {
  std::string x_label, y_label;
  bool log_y = false;      // where all values are positive and span more than a factor of two
  bool from_zero = false;  // the y axis starts at 0 (not with log_y)
};

// A line chart as inline SVG, coloured by the CSS of page.h. Points that are not finite are left
// out; without any point the chart says so. Long series are thinned to means of neighbours.
std::string line_plot(const std::vector<PlotSeries>& series, const PlotOptions& options);

}  // namespace fundi::cli
