// From what the commands of a point printed to its row in the store.
#include <nlohmann/json.hpp>

#include "sweep/execute.h"

namespace thimble::sweep {
namespace {

using base::ErrorCode;
using base::Result;
using nlohmann::json;

constexpr const char* kSchema = "thimble-point/1";

void read_failure(const json& failure, store::Run& run) {
  run.error_code = failure.at("code").get<std::string>();
  run.error_message = failure.at("message").get<std::string>();
  run.error_output = failure.at("output").get<std::string>();
  if (failure.contains("exit_status")) run.exit_status = failure.at("exit_status").get<int64_t>();
}

void read_model(const json& file, const Point& point, store::Record& record) {
  const std::string sha256 = file.at("sha256");
  record.run.model_sha256 = sha256;
  const store::Model& source = point.record.models.front();
  if (sha256 == source.sha256) return;
  store::Model& built = record.models.emplace_back();
  built.sha256 = sha256;
  built.name = source.name;
  built.file_bytes = file.at("file_bytes");
  built.derived_from = source.sha256;
  built.options = fmt::format("{}", fmt::join(point.optimize, " "));
}

std::optional<double> number_or_nothing(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

struct Figure {
  std::optional<double> value, low, high;
};

// {"value": ..., "low": ..., "high": ...}; absent where the task has no such figure.
Figure read_figure(const json& network, const char* name) {
  const auto found = network.find(name);
  if (found == network.end() || !found->is_object()) return {};
  return {number_or_nothing(*found, "value"), number_or_nothing(*found, "low"),
          number_or_nothing(*found, "high")};
}

void read_eval(const json& eval, store::Run& run) {
  const json& network = eval.at("networks").at(0);
  run.data = eval.at("data").get<std::string>();
  run.samples = eval.at("samples").get<int64_t>();
  const Figure top_1 = read_figure(network, "top_1");
  run.top_1 = top_1.value;
  run.top_1_low = top_1.low;
  run.top_1_high = top_1.high;
  run.cross_entropy = read_figure(network, "cross_entropy").value;
  const Figure auc = read_figure(network, "auc");
  run.auc = auc.value;
  run.auc_low = auc.low;
  run.auc_high = auc.high;
}

std::string joined(const json& texts) {
  std::string all;
  for (const json& text : texts) all += (all.empty() ? "" : ", ") + text.get<std::string>();
  return all;
}

void read_layers(const json& bench, store::Record& record) {
  for (const json& from : bench.at("layers")) {
    store::Layer layer;
    layer.step = static_cast<int64_t>(record.layers.size());
    layer.layer = from.at("index");
    layer.op = from.at("op");
    layer.name = from.at("name");
    layer.output_shape = from.at("output_shape").dump();
    layer.kernel = from.at("kernel");
    layer.weights_in_ram = from.at("weights_in_ram");
    layer.maccs = from.at("maccs");
    layer.flops = from.at("flops");
    layer.cycles = from.at("cycles");
    layer.instructions = from.at("instructions");
    layer.latency_ms = from.at("latency_ms");
    layer.energy_uj = from.at("energy_uj");
    layer.flash_energy_uj = from.at("flash_energy_uj");
    layer.constant_bytes = from.at("constant_bytes");
    layer.table_bytes = from.at("table_bytes");
    layer.scratch_bytes = from.at("scratch_bytes");
    layer.activation_bytes = from.at("activation_bytes");
    layer.live_bytes = from.at("live_bytes");
    record.layers.push_back(std::move(layer));
  }
  for (const json& from : bench.at("buffers")) {
    store::Buffer buffer;
    buffer.buffer = static_cast<int64_t>(record.buffers.size());
    buffer.offset_bytes = from.at("offset");
    buffer.size_bytes = from.at("bytes");
    buffer.first_step = from.at("first_step");
    buffer.last_step = from.at("last_step");
    buffer.tensors = joined(from.at("tensors"));
    record.buffers.push_back(std::move(buffer));
  }
}

void read_bench(const json& bench, store::Record& record) {
  store::Run& run = record.run;
  const json &totals = bench.at("totals"), &flash = bench.at("flash"), &ram = bench.at("ram");
  run.maccs = totals.at("maccs").get<int64_t>();
  run.maccs_executed = totals.at("maccs_executed").get<int64_t>();
  run.cycles = totals.at("cycles").get<int64_t>();
  run.instructions = totals.at("instructions").get<int64_t>();
  run.latency_ms = totals.at("latency_ms").get<double>();
  run.energy_uj = totals.at("energy_uj").get<double>();
  run.flash_energy_uj = totals.at("flash_energy_uj").get<double>();
  run.uncertainty_percent = bench.at("uncertainty_percent").get<double>();
  run.weights_bytes = flash.at("weights_bytes").get<int64_t>();
  run.code_bytes = flash.at("code_bytes").get<int64_t>();
  run.flash_bytes = flash.at("total_bytes").get<int64_t>();
  run.arena_bytes = ram.at("arena_bytes").get<int64_t>();
  run.stack_bytes = ram.at("stack_bytes").get<int64_t>();
  run.ram_weights_bytes = ram.at("weights_bytes").get<int64_t>();
  run.static_bytes = ram.at("static_bytes").get<int64_t>();
  run.ram_bytes = ram.at("total_bytes").get<int64_t>();
  run.outputs_match = bench.at("outputs_match_host").get<bool>();
  run.largest_output_difference = number_or_nothing(bench, "largest_output_difference");
  read_layers(bench, record);
}

// Mean cycles of one inference; empty when it was never seen.
std::optional<double> inference_cycles(const json& sim, const std::string& function) {
  if (function.empty()) {
    const auto passes = sim.find("passes");
    if (passes == sim.end() || passes->at("count").get<int64_t>() == 0) return std::nullopt;
    return passes->at("mean_cycles").get<double>();
  }
  std::optional<double> cycles;
  for (const json& called : sim.at("functions")) {
    const auto calls = called.at("calls").get<double>();
    if (calls == 0 || called.at("name").get<std::string>().find(function) == std::string::npos)
      continue;
    const double mean = called.at("inclusive").at("cycles").get<double>() / calls;
    cycles = std::max(cycles.value_or(0), mean);
  }
  return cycles;
}

void read_sim(const json& sim, const Point& point, store::Run& run) {
  run.model_sha256 = run.source_sha256;
  run.flash_bytes = sim.at("flash_bytes").get<int64_t>();
  run.static_bytes = sim.at("static_ram_bytes").get<int64_t>();
  if (sim.contains("stack")) run.stack_bytes = sim.at("stack").at("used_bytes").get<int64_t>();
  run.ram_bytes = *run.static_bytes + run.stack_bytes.value_or(0);
  const auto cycles = inference_cycles(sim, point.function);
  const std::string end = sim.at("end").at("kind");
  if (!cycles || end == "fault") {
    run.ok = false;
    run.error_code = end == "fault" ? "fault" : "not_found";
    run.error_message = end == "fault"
                            ? sim.at("end").at("message").get<std::string>()
                            : fmt::format("no inference was seen; the program ended by: {}",
                                          sim.at("end").at("message").get<std::string>());
    return;
  }
  run.cycles = static_cast<int64_t>(*cycles + 0.5);
  run.latency_ms = 1e3 * *cycles / sim.at("clock_hz").get<double>();
  run.energy_uj = *run.latency_ms * sim.at("active_mw").get<double>();
}

store::Record read_record(const Point& point, const json& result) {
  store::Record record = point.record;
  store::Run& run = record.run;
  run.host = result.at("host");
  run.started_at = result.at("started_at");
  run.seconds = result.at("seconds");
  store::Environment& environment = record.environment;
  environment.system = result.at("system");
  environment.id =
      content_id({environment.thimble_version, environment.compiler_version, environment.system});
  run.environment_id = environment.id;
  run.ok = !result.contains("failure");
  if (!run.ok) read_failure(result.at("failure"), run);
  if (result.contains("model")) read_model(result.at("model"), point, record);
  if (result.contains("optimize"))
    run.sqnr_db = number_or_nothing(result.at("optimize"), "measured_sqnr_db");
  if (result.contains("eval")) read_eval(result.at("eval"), run);
  if (result.contains("bench")) read_bench(result.at("bench"), record);
  if (result.contains("sim")) read_sim(result.at("sim"), point, run);
  return record;
}

}  // namespace

Result<store::Record> read_result(const Point& point, std::string_view text) {
  const json result = json::parse(text, nullptr, false);
  if (!result.is_object() || result.value("schema", "") != kSchema ||
      result.value("key", "") != point.key())
    return base::fail(ErrorCode::kMalformed, "this is not the result of the point {}", point.key());
  try {
    return read_record(point, result);
  } catch (const json::exception& error) {
    return base::fail(ErrorCode::kMalformed, "the result of the point {} is incomplete: {}",
                      point.key(), error.what());
  }
}

}  // namespace thimble::sweep
