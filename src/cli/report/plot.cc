#include "cli/report/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "base/ticks.h"

namespace fundi::cli {
namespace {

constexpr double kWidth = 640, kHeight = 280;
constexpr double kLeft = 56, kRight = 16, kTop = 14, kBottom = 42;
constexpr size_t kMaxPoints = 320;

struct Axis {
  double low = 0, high = 1;
  bool log = false;
  double fraction(double value) const {
    if (log) return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
    return (value - low) / (high - low);
  }
};

std::vector<PlotPoint> usable(const std::vector<PlotPoint>& points, bool positive) {
  std::vector<PlotPoint> out;
  for (const PlotPoint& point : points) {
    const bool finite = std::isfinite(point.x) && std::isfinite(point.y);
    if (finite && (!positive || point.y > 0)) out.push_back(point);
  }
  return out;
}

std::vector<PlotPoint> thinned(const std::vector<PlotPoint>& points) {
  if (points.size() <= kMaxPoints) return points;
  std::vector<PlotPoint> out;
  const size_t group = (points.size() + kMaxPoints - 1) / kMaxPoints;
  for (size_t i = 0; i < points.size(); i += group) {
    const size_t end = std::min(points.size(), i + group);
    PlotPoint mean;
    for (size_t j = i; j < end; ++j) {
      mean.x += points[j].x / static_cast<double>(end - i);
      mean.y += points[j].y / static_cast<double>(end - i);
    }
    out.push_back(mean);
  }
  return out;
}

Axis linear_axis(double low, double high, bool from_zero, int wanted) {
  if (from_zero) low = std::min(0.0, low);
  if (high - low < 1e-12 * std::max(1.0, std::abs(high))) {
    const double pad = std::max(1e-6, std::abs(high) * 0.1);
    low -= from_zero && low == 0 ? 0 : pad;
    high += pad;
  }
  const double step = tick_step(high - low, wanted);
  return {std::floor(low / step) * step, std::ceil(high / step) * step, false};
}

Axis y_axis(double low, double high, const PlotOptions& options) {
  if (options.log_y && high > 2 * low) return {low / 1.08, high * 1.08, true};
  return linear_axis(low, high, options.from_zero, 5);
}

struct Frame {
  Axis x, y;
  double px(double value) const { return kLeft + x.fraction(value) * (kWidth - kLeft - kRight); }
  double py(double value) const {
    return kHeight - kBottom - y.fraction(value) * (kHeight - kTop - kBottom);
  }
};

std::string grid(const Frame& frame, const PlotOptions& options) {
  std::string svg;
  const auto y_ticks = frame.y.log ? log_ticks(frame.y.low, frame.y.high)
                                   : linear_ticks(frame.y.low, frame.y.high, 5);
  for (const double tick : y_ticks) {
    const double y = frame.py(tick);
    svg += fmt::format(R"(<line class="grid" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>)", kLeft, y,
                       kWidth - kRight, y);
    svg += fmt::format(R"(<text x="{}" y="{:.1f}" text-anchor="end">{}</text>)", kLeft - 8, y + 4,
                       tick_label(tick));
  }
  for (const double tick : linear_ticks(frame.x.low, frame.x.high, 6)) {
    svg += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>)", frame.px(tick),
                       kHeight - kBottom + 18, tick_label(tick));
  }
  svg += fmt::format(R"(<line class="axis" x1="{}" y1="{}" x2="{}" y2="{}"/>)", kLeft,
                     kHeight - kBottom, kWidth - kRight, kHeight - kBottom);
  svg += fmt::format(R"(<text class="label" x="{}" y="{}" text-anchor="end">{}</text>)",
                     kWidth - kRight, kHeight - 6, html_escape(options.x_label));
  return svg;
}

std::string draw(const PlotSeries& series, const std::vector<PlotPoint>& points,
                 const Frame& frame) {
  std::string path;
  for (const PlotPoint& point : points) {
    path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "" : " ", frame.px(point.x),
                        frame.py(point.y));
  }
  std::string svg = fmt::format(R"(<polyline class="line {}" points="{}"/>)", series.style, path);
  if (!series.dots && points.size() > 1) return svg;
  for (const PlotPoint& point : points) {
    svg += fmt::format(R"(<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}: {:.4g} )"
                       R"(at {:.6g}</title></circle>)",
                       series.style, frame.px(point.x), frame.py(point.y), html_escape(series.name),
                       point.y, point.x);
  }
  return svg;
}

}  // namespace

std::string line_plot(const std::vector<PlotSeries>& series, const PlotOptions& options) {
  double x_low = std::numeric_limits<double>::infinity(), x_high = -x_low;
  double y_low = x_low, y_high = -x_low;
  std::vector<std::vector<PlotPoint>> points;
  for (const PlotSeries& one : series) {
    points.push_back(thinned(usable(one.points, options.log_y)));
    for (const PlotPoint& point : points.back()) {
      x_low = std::min(x_low, point.x);
      x_high = std::max(x_high, point.x);
      y_low = std::min(y_low, point.y);
      y_high = std::max(y_high, point.y);
    }
  }
  std::string svg =
      fmt::format(R"(<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{} by {}">)",
                  kWidth, kHeight, html_escape(options.y_label), html_escape(options.x_label));
  if (!(x_low <= x_high)) {
    return svg +
           fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">nothing recorded</text>)",
                       kWidth / 2, kHeight / 2) +
           "</svg>";
  }
  Frame frame;
  frame.x = {x_low, x_high > x_low ? x_high : x_low + 1, false};
  frame.y = y_axis(y_low, y_high, options);
  svg += grid(frame, options);
  for (size_t i = 0; i < series.size(); ++i) {
    if (!points[i].empty()) svg += draw(series[i], points[i], frame);
  }
  svg += "</svg>";
  std::string legend = R"(<div class="legend">)";
  for (size_t i = 0; i < series.size(); ++i) {
    if (points[i].empty()) continue;
    legend += fmt::format(R"(<span><i class="{}"></i>{}</span>)", series[i].style,
                          html_escape(series[i].name));
  }
  if (frame.y.log) legend += R"(<span class="muted">log scale</span>)";
  return fmt::format(R"(<figure><figcaption>{}</figcaption>{}{}</div></figure>)",
                     html_escape(options.y_label), svg, legend);
}

}  // namespace fundi::cli
