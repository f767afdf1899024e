#include "measure/bench.h"

#include <algorithm>

#include "base/check.h"
#include "exec/executor.h"
#include "measure/compare.h"
#include "measure/fit.h"
#include "ops/op.h"
#include "ops/sparse_rows.h"
#include "ops/statistics.h"
#include "passes/pipeline.h"
#include "plan/plan.h"
#include "sim/energy/power_trace.h"
#include "sim/machine.h"

namespace thimble::measure {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

struct BuiltFirmware {
  plan::Plan plan;
  emit::EmittedModel emitted;
  firmware::Firmware firmware;
  uint32_t stack_bytes = 0;
};

uint64_t static_bytes(const sim::Elf& elf, const plan::Plan& plan) {
  return elf.static_ram_bytes() - std::max<uint64_t>(plan.arena_bytes, 1) -
         weights_in_ram_bytes(plan);
}

// What is built for the board.
Result<ir::Graph> graph_to_build(const ir::Graph& graph, const BenchOptions& options) {
  if (!options.passes) return graph;
  return passes::optimize(graph);
}

// An overflow of the stack must leave memory to be noticed.
Result<> check_stack_guard(const board::Board& board) {
  for (const board::Memory& memory : board.memories)
    if (uint64_t{memory.base} + memory.size_bytes == board.ram().base)
      return base::fail(base::Error(
          ErrorCode::kUnsupported,
          fmt::format(
              "memory '{}' ends where '{}' begins, so a stack overflow could not be noticed",
              memory.name, board.data_memory),
          "name the lower memory as data_memory, or leave it out of the board file"));
  return {};
}

// Builds, and builds again with a smaller stack when the usual one does not leave enough RAM.
Result<BuiltFirmware> build(const ir::Graph& graph, const board::Board& board,
                            const board::Core& core, const BenchOptions& options) {
  THIMBLE_TRY(check_stack_guard(board));
  BuiltFirmware built;
  THIMBLE_ASSIGN(built.plan,
                 plan::make_plan(graph, lower_target(board, core, options), options.choices));
  THIMBLE_ASSIGN(built.emitted, emit::emit_model(built.plan, emit::identifier_from(graph.name)));
  firmware::BuildOptions build_options = options.build;
  for (;;) {
    built.stack_bytes = build_options.stack_bytes;
    THIMBLE_ASSIGN(built.firmware, firmware::build_benchmark(built.emitted, built.plan.arena_bytes,
                                                             board, core, build_options));
    THIMBLE_ASSIGN(sim::Elf elf, sim::Elf::load(built.firmware.elf));
    THIMBLE_TRY(check_flash(built.plan, board, elf.flash_image_bytes()));
    uint64_t statics = static_bytes(elf, built.plan);
    THIMBLE_TRY(check_ram(built.plan, board, statics, kMinStackBytes));
    uint64_t left = board.ram().size_bytes - built.plan.arena_bytes -
                    weights_in_ram_bytes(built.plan) - statics;
    if (left >= build_options.stack_bytes) return built;
    build_options.stack_bytes = static_cast<uint32_t>(left) / 16 * 16;
  }
}

Result<> keep_firmware(const firmware::Firmware& firmware, const fs::path& destination) {
  std::error_code error;
  fs::create_directories(destination, error);
  if (!error)
    fs::copy(firmware.directory.path(), destination,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  if (error)
    return base::fail(ErrorCode::kIo, "cannot copy the firmware to {}: {}", destination.string(),
                      error.message());
  return {};
}

base::Error stop_error(const sim::Stop& stop, const BuiltFirmware& built, uint64_t max_cycles) {
  if (stop.kind == sim::StopKind::kCycleLimit)
    return {ErrorCode::kLimit,
            fmt::format("the simulated program did not end within {} cycles; it was in {}",
                        max_cycles, stop.where.to_string()),
            "raise --max-cycles if the network is that large"};
  if (stop.kind == sim::StopKind::kFault) {
    std::string hint;
    if (stop.fault->kind == sim::FaultKind::kStackOverflow)
      hint = fmt::format("the stack has {} bytes", built.stack_bytes);
    return {ErrorCode::kFault,
            fmt::format("the simulated program faulted: {}\n{}", stop.fault->to_string(),
                        stop.fault->details()),
            std::move(hint)};
  }
  return {ErrorCode::kFault, "the simulated program stopped early: " + stop.to_string()};
}

// One inference from reset, with the inputs written when the network is entered.
class Run {
 public:
  Run(const BuiltFirmware& built, sim::Machine machine)
      : built_(built), machine_(std::move(machine)) {}

  Result<> execute(std::span<const base::Bytes> inputs, uint64_t max_cycles) {
    const std::string infer = fmt::format("thimble_{}_infer", built_.emitted.identifier);
    THIMBLE_ASSIGN(arena_, machine_.symbol_address("thimble_arena"));
    THIMBLE_ASSIGN(infer_, machine_.watch_function(infer));
    for (const std::string& symbol : built_.emitted.layer_symbols) {
      layers_.emplace_back();
      if (!symbol.empty()) {
        THIMBLE_ASSIGN(layers_.back(), machine_.watch_function(symbol));
      }
    }
    THIMBLE_TRY(machine_.add_breakpoint(infer));
    sim::Stop stop = machine_.run({.max_cycles = max_cycles});
    if (stop.kind != sim::StopKind::kBreakpoint)
      return base::fail(stop_error(stop, built_, max_cycles));
    const ir::Graph& graph = built_.plan.graph;
    for (size_t i = 0; i < inputs.size(); ++i)
      THIMBLE_TRY(machine_.write_memory(address_of(graph.inputs[i]), inputs[i]));
    stop = machine_.run({.max_cycles = max_cycles});
    if (stop.kind != sim::StopKind::kExit) return base::fail(stop_error(stop, built_, max_cycles));
    if (stop.exit_code != 0)
      return base::fail(ErrorCode::kFault, "the simulated program reported failure");
    return {};
  }

  Result<std::vector<base::Bytes>> outputs() const {
    std::vector<base::Bytes> result;
    for (ir::TensorId id : built_.plan.graph.outputs) {
      result.emplace_back(built_.plan.graph.tensor(id).bytes());
      THIMBLE_TRY(machine_.read_memory(address_of(id), result.back()));
    }
    return result;
  }

  Result<uint32_t> stack_bytes(const board::Board& board) const {
    THIMBLE_ASSIGN(uint32_t top, machine_.symbol_address("thimble_stack_top"));
    return machine_.high_water_bytes(board.ram().base, top);
  }

  const sim::Elf& elf() const { return machine_.elf(); }
  const sim::FunctionStatistics& total() const { return machine_.statistics(infer_); }
  sim::FunctionStatistics layer(size_t step) const {
    return layers_[step] ? machine_.statistics(*layers_[step]) : sim::FunctionStatistics{};
  }

 private:
  uint32_t address_of(ir::TensorId id) const {
    return arena_ + static_cast<uint32_t>(*built_.plan.offset_of(id));
  }

  const BuiltFirmware& built_;
  sim::Machine machine_;
  uint32_t arena_ = 0;
  sim::WatchId infer_ = 0;
  std::vector<std::optional<sim::WatchId>> layers_;  // by step; empty: no code
};

double latency_ms(uint64_t cycles, const board::Board& board) {
  return 1e3 * static_cast<double>(cycles) / static_cast<double>(board.clock_hz);
}

// Cycles are only true when every layer was seen to be entered and left, once.
Result<> check_attribution(const plan::Plan& plan, const Run& run, bool has_code, size_t step) {
  const ir::Node& node = plan.graph.nodes[plan.steps[step].node];
  if (!has_code || run.layer(step).calls == 1) return {};
  return base::fail(ErrorCode::kFault, "layer {} {} was executed {} times instead of once",
                    plan.steps[step].layer, node.op, run.layer(step).calls);
}

bool has_weights(const ops::Lowering& lowering) {
  return std::ranges::any_of(lowering.calls, [](const ops::KernelCall& call) {
    return std::ranges::any_of(call.constants, &ops::Constant::is_weights);
  });
}

Result<std::vector<LayerMeasurement>> measure_layers(const BuiltFirmware& built,
                                                     const ops::NetworkStatistics& stats,
                                                     const Run& run, const board::Board& board) {
  const plan::Plan& plan = built.plan;
  std::vector<LayerMeasurement> layers;
  uint64_t cycles = 0;
  for (size_t step = 0; step < plan.steps.size(); ++step) {
    THIMBLE_TRY(check_attribution(plan, run, !built.emitted.layer_symbols[step].empty(), step));
    const size_t node_index = plan.steps[step].node;
    const ir::Node& node = plan.graph.nodes[node_index];
    const sim::FunctionStatistics measured = run.layer(step);
    cycles += measured.cycles;
    LayerMeasurement layer;
    layer.index = plan.steps[step].layer;
    layer.op = node.op;
    layer.name = node.name;
    layer.output_shape = plan.graph.output(node).shape;
    layer.maccs = stats.layers[node_index].cost.maccs;
    layer.constant_bytes = stats.layers[node_index].weight_bytes;
    layer.flops = stats.layers[node_index].cost.flops;
    layer.activation_bytes = stats.layers[node_index].activation_bytes;
    layer.live_bytes = plan.live_bytes(step);
    const ops::Lowering& lowering = plan.steps[step].lowering;
    if (!lowering.calls.empty()) layer.kernel = lowering.variant;
    layer.weights_in_ram = plan.steps[step].weights_in_ram && has_weights(lowering);
    layer.table_bytes = plan::table_bytes(lowering, plan.graph);
    if (lowering.variant == ops::kSparseVariant) {
      layer.is_sparse = true;
      THIMBLE_ASSIGN(const ops::Lowerings ways,
                     ops::find_op(node.op)->lower(plan.graph, node, plan.target));
      layer.is_fastest_by_rule = ways.ways.front().variant == lowering.variant;
    }
    for (const ops::KernelCall& call : lowering.calls)
      layer.scratch_bytes = std::max<uint64_t>(layer.scratch_bytes, call.scratch_bytes);
    layer.cycles = measured.cycles;
    layer.instructions = measured.instructions;
    layer.latency_ms = latency_ms(measured.cycles, board);
    layer.energy_uj = sim::energy_uj(board.power, board.clock_hz, measured.cycles);
    layer.flash_energy_uj = sim::flash_energy_uj(board.power, measured.flash_reads);
    layers.push_back(std::move(layer));
  }
  CHECK(run.total().calls == 1 && cycles <= run.total().cycles, "{} cycles in layers, {} in all",
        cycles, run.total().cycles);
  return layers;
}

// Data in flash that is read again without waiting.
uint32_t fast_flash_bytes(const board::Board& board) {
  if (board.flash().wait_states == 0) return UINT32_MAX;
  const auto flash = static_cast<size_t>(&board.flash() - board.memories.data());
  for (const board::Cache& cache : board.caches)
    if (cache.enabled && cache.serves != board::CacheServes::kInstructions &&
        std::ranges::count(cache.memories, flash) != 0)
      return cache.size_bytes;
  return 0;
}

std::vector<ArenaBuffer> arena_buffers(const plan::Plan& plan) {
  std::vector<ArenaBuffer> buffers;
  for (const plan::Buffer& planned : plan.buffers) {
    ArenaBuffer& buffer = buffers.emplace_back();
    buffer.offset_bytes = planned.offset;
    buffer.size_bytes = planned.bytes;
    buffer.first_step = planned.first_step;
    buffer.last_step = planned.last_step;
    for (ir::TensorId id : planned.tensors) buffer.tensors.push_back(plan.graph.tensor(id).name);
  }
  return buffers;
}

}  // namespace

ops::LowerTarget lower_target(const board::Board& board, const board::Core& core,
                              const BenchOptions& options) {
  return {.dsp = core.dsp,
          .fpu = options.build.fpu && board.fpu && !core.fpu.empty(),
          .optimized = options.optimized_kernels,
          .small_code = options.choices.prefer == plan::Preference::kSize,
          .fast_flash_bytes = fast_flash_bytes(board)};
}

Result<> check_fits_at_least(const ir::Graph& graph, const board::Board& board,
                             const board::Core& core, const BenchOptions& options) {
  THIMBLE_ASSIGN(ir::Graph rewritten, graph_to_build(graph, options));
  THIMBLE_ASSIGN(
      plan::Plan plan,
      plan::make_plan(std::move(rewritten), lower_target(board, core, options), options.choices));
  THIMBLE_TRY(check_flash(plan, board, stored_weight_bytes(plan)));
  return check_ram(plan, board, 0, kMinStackBytes);
}

Result<Measurement> bench(const ir::Graph& graph, const board::Board& board,
                          const board::Core& core, std::span<const base::Bytes> inputs,
                          const BenchOptions& options) {
  auto stage = [&](std::string_view text) {
    if (options.on_stage) options.on_stage(text);
  };
  stage("compiling the firmware");
  THIMBLE_ASSIGN(const ir::Graph rewritten, graph_to_build(graph, options));
  THIMBLE_ASSIGN(BuiltFirmware built, build(rewritten, board, core, options));
  if (!options.keep.empty()) THIMBLE_TRY(keep_firmware(built.firmware, options.keep));

  stage("simulating one inference");
  THIMBLE_ASSIGN(sim::Elf elf, sim::Elf::load(built.firmware.elf));
  THIMBLE_ASSIGN(sim::Machine machine, sim::Machine::create(board, core, std::move(elf)));
  Run run(built, std::move(machine));
  THIMBLE_TRY(run.execute(inputs, options.max_cycles));

  stage("executing on the host");
  THIMBLE_ASSIGN(exec::Executor executor, exec::Executor::create(graph));
  THIMBLE_ASSIGN(std::vector<base::Bytes> host_outputs, executor.run(inputs));

  const ops::NetworkStatistics stats = ops::statistics(graph);
  const ops::NetworkStatistics executed = ops::statistics(built.plan.graph);
  Measurement m;
  m.model = graph.name;
  m.board = board.name;
  m.timing_version = core.timing_version;
  m.memory_timing_version = sim::kMemoryTimingVersion;
  m.uncertainty_percent = core.uncertainty(board).percent;
  m.uncertainty_basis = core.uncertainty(board).basis;
  m.compiler = built.firmware.command;
  m.maccs = stats.total.cost.maccs;
  m.maccs_executed = executed.total.cost.maccs;
  m.cycles = run.total().cycles;
  m.instructions = run.total().instructions;
  m.latency_ms = latency_ms(m.cycles, board);
  m.active_mw = board.power.active_mw;
  m.power_source = board.power.source;
  m.energy_uj = sim::energy_uj(board.power, board.clock_hz, m.cycles);
  m.flash_reads = run.total().flash_reads;
  m.flash_energy_uj = sim::flash_energy_uj(board.power, m.flash_reads);
  m.clock_hz = board.clock_hz;
  m.board_flash_bytes = board.flash().size_bytes;
  m.board_ram_bytes = board.ram().size_bytes;
  m.flash.weights_bytes = stored_weight_bytes(built.plan);
  CHECK(run.elf().flash_image_bytes() >= m.flash.weights_bytes);
  m.flash.code_bytes = run.elf().flash_image_bytes() - m.flash.weights_bytes;
  m.ram.arena_bytes = built.plan.arena_bytes;
  m.ram.weights_bytes = weights_in_ram_bytes(built.plan);
  m.ram.static_bytes = static_bytes(run.elf(), built.plan);
  THIMBLE_ASSIGN(m.ram.stack_bytes, run.stack_bytes(board));
  THIMBLE_ASSIGN(m.outputs, run.outputs());
  m.check = compare_outputs(graph, m.outputs, host_outputs);
  THIMBLE_ASSIGN(m.layers, measure_layers(built, executed, run, board));
  m.buffers = arena_buffers(built.plan);
  return m;
}

}  // namespace thimble::measure
