// histogram_svg of flow/card_steps.h.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "base/ticks.h"
#include "curate/flow/card_steps.h"
#include "curate/judge.h"

namespace fundi::curate {
namespace {

constexpr double kWidth = 260, kHeight = 64, kAxis = 17;
constexpr size_t kFewestSlots = 24;  // a single value is a bar, not a wall
constexpr size_t kMostTicks = 5;

struct Bin {
  size_t number;  // of Histogram
  double from, to;
  int64_t documents, rejected;
};

std::vector<Bin> bins_of(const Json& rule) {
  std::vector<Bin> bins;
  for (const Json& bin : rule.at("bins")) {
    const auto from = bin.at(0).get<double>(), to = bin.at(1).get<double>();
    bins.push_back({from > 0 ? Histogram::bin_of(std::sqrt(from * to)) : 0, from, to,
                    bin.at(2).get<int64_t>(), bin.at(3).get<int64_t>()});
  }
  return bins;
}

bool is_yes_or_no(const std::vector<Bin>& bins) {
  return std::all_of(bins.begin(), bins.end(),
                     [](const Bin& bin) { return bin.number == 0 || bin.from == 1; });
}

// Where bins stand: a slot each on the scale of powers; zero, which has no place on it, before
// them.
class Slots {
 public:
  explicit Slots(const std::vector<Bin>& bins) {
    const bool zero = bins.front().number == 0;
    const Bin& first = bins[zero && bins.size() > 1 ? 1 : 0];
    base_ = first.number;
    offset_ = zero ? 2 : 0;
    const size_t used = bins.back().number - std::min(base_, bins.back().number) + 1 + offset_;
    const size_t all = std::max(kFewestSlots, used);
    margin_ = (all - used) / 2;
    width_ = kWidth / static_cast<double>(all);
  }
  double width() const { return width_; }
  double left(const Bin& bin) const {
    const size_t slot = bin.number == 0 ? 0 : bin.number - base_ + offset_;
    return width_ * static_cast<double>(margin_ + slot);
  }
  double place(double value) const {
    const double first = std::log2(Histogram::lower_edge(base_));
    return width_ * (static_cast<double>(margin_ + offset_) + 4 * (std::log2(value) - first));
  }

 private:
  size_t base_ = 0, offset_ = 0, margin_ = 0;
  double width_ = 0;
};

std::string rect(const char* style, double x, double y, double width, double height) {
  return fmt::format(R"(<rect class="{}" x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"/>)",
                     style, x, y, width, height);
}

// Those turned away at the foot; neither part of a bar is too small to be seen.
std::string bar(const Bin& bin, const Slots& slots, int64_t most) {
  const auto height_of = [&](int64_t n) {
    const double height = kHeight * static_cast<double>(n) / static_cast<double>(most);
    return n > 0 ? std::max(1.5, height) : 0;
  };
  const double gone = height_of(bin.rejected);
  const double kept = std::min(height_of(bin.documents - bin.rejected), kHeight - gone);
  const double x = slots.left(bin), width = std::max(0.8, slots.width() - 0.6);
  const std::string what =
      bin.number == 0 ? "0" : fmt::format("{:.3g} to {:.3g}", bin.from, bin.to);
  std::string svg = fmt::format("<g><title>{}: {} documents, {} removed</title>", what,
                                format_count(bin.documents), format_count(bin.rejected));
  if (gone > 0) svg += rect("gone", x, kHeight - gone, width, gone);
  if (kept > 0) svg += rect("kept", x, kHeight - gone - kept, width, kept);
  return svg + "</g>";
}

std::string tick(double x, const std::string& label) {
  const char* anchor = x < 12 ? "start" : x > kWidth - 12 ? "end" : "middle";
  return fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="{}">{}</text>)", x, kHeight + 13,
                     anchor, label);
}

std::string axis(const std::vector<Bin>& bins, const Slots& slots) {
  std::string svg = fmt::format(R"(<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>)",
                                kHeight + 0.5, kWidth);
  const bool zero = bins.front().number == 0;
  if (zero) svg += tick(slots.left(bins.front()) + slots.width() / 2, "0");
  if (zero && bins.size() == 1) return svg;
  std::vector<double> ticks = log_ticks(bins[zero ? 1 : 0].from, bins.back().to);
  if (ticks.size() > kMostTicks) {  // powers of ten alone
    std::erase_if(ticks, [](double value) {
      const double power = std::log10(value);
      return std::abs(power - std::round(power)) > 1e-6;
    });
  }
  const size_t stride = ticks.size() / kMostTicks + 1;
  double last = zero ? slots.left(bins.front()) : -kWidth;
  for (size_t i = 0; i < ticks.size(); i += stride) {
    const double x = slots.place(ticks[i]);
    if (x - last < 30) continue;  // labels would touch
    svg += tick(x, tick_label(ticks[i]));
    last = x;
  }
  return svg;
}

}  // namespace

std::string histogram_svg(const Json& rule) {
  const std::vector<Bin> bins = bins_of(rule);
  if (is_yes_or_no(bins)) return "";
  const Slots slots(bins);
  int64_t most = 1;
  for (const Bin& bin : bins) most = std::max(most, bin.documents);
  std::string svg = fmt::format(
      R"(<svg class="spread" viewBox="0 0 {} {}" role="img" aria-label="values of {}">)", kWidth,
      kHeight + kAxis, html_escape(rule.at("rule").get<std::string>()));
  for (const Bin& bin : bins) svg += bar(bin, slots, most);
  return svg + axis(bins, slots) + "</svg>";
}

}  // namespace fundi::curate
