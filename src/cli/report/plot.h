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

// About `wanted` round numbers that cover [low, high].
std::vector<double> linear_ticks(double low, double high, int wanted);
// 1, 2 and 5 times powers of ten within [low, high], all of 1 to 9 where those are too few; both
// positive.
std::vector<double> log_ticks(double low, double high);
// "12k", "0.25", "3M".
std::string tick_label(double value);

}  // namespace fundi::cli
