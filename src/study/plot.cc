#include "study/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace thimble::study {
namespace {

int cell(double value, double low, double high, int cells) {
  if (high <= low) return 0;
  const double position = (value - low) / (high - low) * (cells - 1);
  return std::clamp(static_cast<int>(std::lround(position)), 0, cells - 1);
}

}  // namespace

std::string plot(const std::vector<PlotPoint>& points, const std::string& x_title,
                 const std::string& y_title, int width, int height) {
  if (points.empty()) return {};
  const auto [left, right] = std::ranges::minmax(points, {}, &PlotPoint::x);
  const auto [lowest, highest] = std::ranges::minmax(points, {}, &PlotPoint::y);
  std::vector<std::string> field(static_cast<size_t>(height),
                                 std::string(static_cast<size_t>(width), ' '));
  for (const PlotPoint& point : points) {
    const int row = height - 1 - cell(point.y, lowest.y, highest.y, height);
    const int column = cell(point.x, left.x, right.x, width);
    field[static_cast<size_t>(row)][static_cast<size_t>(column)] = point.mark;
  }
  std::string text = fmt::format("{}\n", y_title);
  for (size_t row = 0; row < field.size(); ++row) {
    std::string label;
    if (row == 0) label = fmt::format("{:.4g}", highest.y);
    if (row + 1 == field.size()) label = fmt::format("{:.4g}", lowest.y);
    field[row].erase(field[row].find_last_not_of(' ') + 1);
    text += fmt::format("{:>9} |{}\n", label, field[row]);
  }
  const std::string last = fmt::format("{:g}", right.x);
  text += fmt::format("{:9} +{:-<{}}\n", "", "", width);
  text += fmt::format("{:9}  {:<{}g}{}  {}\n", "", left.x, width - static_cast<int>(last.size()),
                      last, x_title);
  return text;
}

}  // namespace thimble::study
