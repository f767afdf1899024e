#include "cli/sweep_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace thimble::cli {
namespace {

using base::TextTable;
using nlohmann::ordered_json;
using sweep::Point;

bool is_in(const std::vector<const Point*>& points, const Point& point) {
  return std::ranges::find(points, &point) != points.end();
}

// "35 s", "12 min", "3.5 h".
std::string duration_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

std::string progress_text(const sweep::Progress& progress) {
  std::string text = fmt::format("{} of {}", progress.done, progress.total);
  if (progress.done > 0) {
    const double rate = static_cast<double>(progress.done) / std::max(progress.seconds, 1e-3);
    text += rate >= 1 ? fmt::format(", {:.1f} per second", rate)
                      : fmt::format(", {:.1f} per minute", 60 * rate);
    if (progress.failed > 0) text += fmt::format(", {} failed", progress.failed);
    text += fmt::format(", {} left",
                        duration_text(static_cast<double>(progress.total - progress.done) / rate));
  }
  return text;
}

std::string sweep_plan_text(const sweep::Expansion& expansion,
                            const std::vector<const Point*>& missing) {
  using Align = TextTable::Align;
  TextTable table({{"key", Align::kLeft},
                   {"engine", Align::kLeft},
                   {"network", Align::kLeft},
                   {"quantization", Align::kLeft},
                   {"board", Align::kLeft},
                   {"kernels", Align::kLeft},
                   {"prefer", Align::kLeft},
                   {"opt", Align::kLeft},
                   {"FPU", Align::kLeft},
                   {"store", Align::kLeft}});
  for (const Point& point : expansion.points) {
    const store::Run& run = point.record.run;
    table.add_row({run.key.substr(0, 12), run.engine, run.network, run.quantization, run.board,
                   run.kernels, run.prefer, run.optimization, run.fpu ? "on" : "off",
                   is_in(missing, point) ? "" : "has it"});
  }
  std::string text = table.to_string() +
                     fmt::format("\n{} points, {} to run", expansion.points.size(), missing.size());
  if (expansion.same > 0)
    text += fmt::format(
        "; {} more are the same as one of these (no FPU there to switch off, or "
        "reference kernels, which nothing chooses)",
        expansion.same);
  if (expansion.excluded > 0) text += fmt::format("; {} excluded", expansion.excluded);
  return text + "\n";
}

ordered_json sweep_plan_json(const sweep::Expansion& expansion,
                             const std::vector<const Point*>& missing) {
  ordered_json points = ordered_json::array();
  for (const Point& point : expansion.points) {
    const store::Run& run = point.record.run;
    points.push_back({{"key", run.key},
                      {"engine", run.engine},
                      {"network", run.network},
                      {"quantization", run.quantization},
                      {"board", run.board},
                      {"kernels", run.kernels},
                      {"prefer", run.prefer},
                      {"optimization", run.optimization},
                      {"fpu", run.fpu},
                      {"command", run.command},
                      {"to_run", is_in(missing, point)}});
  }
  return {{"schema", "thimble-sweep-plan/1"},
          {"points", points},
          {"to_run", missing.size()},
          {"same", expansion.same},
          {"excluded", expansion.excluded}};
}

std::string sweep_prune_text(const sweep::PruneSummary& summary) {
  constexpr double kMebibyte = 1 << 20;
  return fmt::format("removed {} files ({:.1f} MiB), kept {} ({:.1f} MiB)\n", summary.removed_files,
                     static_cast<double>(summary.removed_bytes) / kMebibyte, summary.kept_files,
                     static_cast<double>(summary.kept_bytes) / kMebibyte);
}

ordered_json sweep_prune_json(const sweep::PruneSummary& summary) {
  return {{"schema", "thimble-sweep-prune/1"},
          {"removed_files", summary.removed_files},
          {"removed_bytes", summary.removed_bytes},
          {"kept_files", summary.kept_files},
          {"kept_bytes", summary.kept_bytes}};
}

std::string sweep_text(const sweep::Summary& summary, const std::filesystem::path& store) {
  const size_t failed = summary.failed + summary.known_failed;
  std::string text =
      fmt::format("{} points: {} measured now in {}, {} known before, {} failed\nstore: {}\n",
                  summary.points, summary.ok, duration_text(summary.seconds),
                  summary.known - summary.known_failed, failed, store.string());
  if (summary.known_failed > 0)
    text += fmt::format("{} of the failures are from before: --retry-failed tries them again\n",
                        summary.known_failed);
  return text;
}

ordered_json sweep_json(const sweep::Summary& summary, const std::vector<store::Run>& failures,
                        const std::filesystem::path& store) {
  ordered_json failed = ordered_json::array();
  for (const store::Run& run : failures)
    failed.push_back({{"key", run.key},
                      {"point", sweep::describe(run)},
                      {"error_code", run.error_code.value_or("")},
                      {"error_message", run.error_message.value_or("")}});
  return {{"schema", "thimble-sweep/1"},
          {"store", store.string()},
          {"points", summary.points},
          {"known", summary.known},
          {"known_failed", summary.known_failed},
          {"ok", summary.ok},
          {"failed", summary.failed},
          {"seconds", summary.seconds},
          {"failures", failed}};
}

}  // namespace thimble::cli
