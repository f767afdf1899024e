#include "store/columns.h"

namespace thimble::store {
namespace {

constexpr Column<Run> kRunColumns[] = {
    {"key", &Run::key},
    {"ok", &Run::ok},
    {"error_code", &Run::error_code},
    {"error_message", &Run::error_message},
    {"error_output", &Run::error_output},
    {"exit_status", &Run::exit_status},
    {"engine", &Run::engine},
    {"network", &Run::network},
    {"quantization", &Run::quantization},
    {"kernels", &Run::kernels},
    {"prefer", &Run::prefer},
    {"optimization", &Run::optimization},
    {"fpu", &Run::fpu},
    {"board", &Run::board},
    {"tags", &Run::tags},
    {"source_sha256", &Run::source_sha256},
    {"model_sha256", &Run::model_sha256},
    {"board_sha256", &Run::board_sha256},
    {"environment_id", &Run::environment_id},
    {"command", &Run::command},
    {"host", &Run::host},
    {"started_at", &Run::started_at},
    {"seconds", &Run::seconds},
    {"maccs", &Run::maccs},
    {"maccs_executed", &Run::maccs_executed},
    {"cycles", &Run::cycles},
    {"instructions", &Run::instructions},
    {"latency_ms", &Run::latency_ms},
    {"energy_uj", &Run::energy_uj},
    {"flash_energy_uj", &Run::flash_energy_uj},
    {"uncertainty_percent", &Run::uncertainty_percent},
    {"weights_bytes", &Run::weights_bytes},
    {"code_bytes", &Run::code_bytes},
    {"flash_bytes", &Run::flash_bytes},
    {"arena_bytes", &Run::arena_bytes},
    {"stack_bytes", &Run::stack_bytes},
    {"ram_weights_bytes", &Run::ram_weights_bytes},
    {"static_bytes", &Run::static_bytes},
    {"ram_bytes", &Run::ram_bytes},
    {"outputs_match", &Run::outputs_match},
    {"largest_output_difference", &Run::largest_output_difference},
    {"sqnr_db", &Run::sqnr_db},
    {"data", &Run::data},
    {"samples", &Run::samples},
    {"top_1", &Run::top_1},
    {"top_1_low", &Run::top_1_low},
    {"top_1_high", &Run::top_1_high},
    {"cross_entropy", &Run::cross_entropy},
    {"auc", &Run::auc},
    {"auc_low", &Run::auc_low},
    {"auc_high", &Run::auc_high}};

constexpr Column<Layer> kLayerColumns[] = {{"step", &Layer::step},
                                           {"layer", &Layer::layer},
                                           {"op", &Layer::op},
                                           {"name", &Layer::name},
                                           {"output_shape", &Layer::output_shape},
                                           {"kernel", &Layer::kernel},
                                           {"weights_in_ram", &Layer::weights_in_ram},
                                           {"maccs", &Layer::maccs},
                                           {"flops", &Layer::flops},
                                           {"cycles", &Layer::cycles},
                                           {"instructions", &Layer::instructions},
                                           {"latency_ms", &Layer::latency_ms},
                                           {"energy_uj", &Layer::energy_uj},
                                           {"flash_energy_uj", &Layer::flash_energy_uj},
                                           {"constant_bytes", &Layer::constant_bytes},
                                           {"table_bytes", &Layer::table_bytes},
                                           {"scratch_bytes", &Layer::scratch_bytes},
                                           {"activation_bytes", &Layer::activation_bytes},
                                           {"live_bytes", &Layer::live_bytes}};

constexpr Column<Buffer> kBufferColumns[] = {
    {"buffer", &Buffer::buffer},         {"offset_bytes", &Buffer::offset_bytes},
    {"size_bytes", &Buffer::size_bytes}, {"first_step", &Buffer::first_step},
    {"last_step", &Buffer::last_step},   {"tensors", &Buffer::tensors}};

constexpr Column<Model> kModelColumns[] = {{"sha256", &Model::sha256},
                                           {"name", &Model::name},
                                           {"kind", &Model::kind},
                                           {"file_bytes", &Model::file_bytes},
                                           {"derived_from", &Model::derived_from},
                                           {"options", &Model::options}};

constexpr Column<Board> kBoardColumns[] = {
    {"sha256", &Board::sha256},
    {"name", &Board::name},
    {"description", &Board::description},
    {"core", &Board::core},
    {"fpu", &Board::fpu},
    {"clock_hz", &Board::clock_hz},
    {"flash_bytes", &Board::flash_bytes},
    {"ram_bytes", &Board::ram_bytes},
    {"active_mw", &Board::active_mw},
    {"sleep_mw", &Board::sleep_mw},
    {"supply_v", &Board::supply_v},
    {"power_source", &Board::power_source},
    {"timing_version", &Board::timing_version},
    {"memory_timing_version", &Board::memory_timing_version}};

constexpr Column<Environment> kEnvironmentColumns[] = {
    {"id", &Environment::id},
    {"thimble_version", &Environment::thimble_version},
    {"compiler_version", &Environment::compiler_version},
    {"system", &Environment::system}};

constexpr Column<Exhibit> kExhibitColumns[] = {
    {"collection", &Exhibit::collection}, {"exhibit", &Exhibit::exhibit},
    {"number", &Exhibit::number},         {"kind", &Exhibit::kind},
    {"title", &Exhibit::title},           {"x_title", &Exhibit::x_title},
    {"y_title", &Exhibit::y_title},       {"note", &Exhibit::note}};

constexpr Column<ExhibitValue> kExhibitValueColumns[] = {
    {"position", &ExhibitValue::position},
    {"series", &ExhibitValue::series},
    {"label", &ExhibitValue::label},
    {"unit", &ExhibitValue::unit},
    {"published_x", &ExhibitValue::published_x},
    {"published", &ExhibitValue::published},
    {"ours_x", &ExhibitValue::ours_x},
    {"ours", &ExhibitValue::ours},
    {"reason", &ExhibitValue::reason},
    {"run_key", &ExhibitValue::run_key}};

constexpr Column<StudyLayer> kStudyLayerColumns[] = {
    {"key", &StudyLayer::key},
    {"kind", &StudyLayer::kind},
    {"length", &StudyLayer::length},
    {"units", &StudyLayer::units},
    {"size", &StudyLayer::size},
    {"kernel", &StudyLayer::kernel},
    {"stride", &StudyLayer::stride},
    {"variant", &StudyLayer::variant},
    {"prefer", &StudyLayer::prefer},
    {"optimization", &StudyLayer::optimization},
    {"board", &StudyLayer::board},
    {"thimble_version", &StudyLayer::thimble_version},
    {"compiler_version", &StudyLayer::compiler_version},
    {"command", &StudyLayer::command},
    {"maccs", &StudyLayer::maccs},
    {"paper_maccs", &StudyLayer::paper_maccs},
    {"cycles", &StudyLayer::cycles},
    {"latency_us", &StudyLayer::latency_us},
    {"way", &StudyLayer::way},
    {"reason", &StudyLayer::reason}};

}  // namespace

std::optional<double> ExhibitValue::ratio() const {
  if (!ours || !published || *published == 0) return std::nullopt;
  return *ours / *published;
}

const Table<Run>& run_table() {
  static constexpr Table<Run> table = {"runs", kRunColumns};
  return table;
}

const Table<Layer>& layer_table() {
  static constexpr Table<Layer> table = {"layers", kLayerColumns};
  return table;
}

const Table<Buffer>& buffer_table() {
  static constexpr Table<Buffer> table = {"buffers", kBufferColumns};
  return table;
}

const Table<Model>& model_table() {
  static constexpr Table<Model> table = {"models", kModelColumns};
  return table;
}

const Table<Board>& board_table() {
  static constexpr Table<Board> table = {"boards", kBoardColumns};
  return table;
}

const Table<Environment>& environment_table() {
  static constexpr Table<Environment> table = {"environment", kEnvironmentColumns};
  return table;
}

const Table<Exhibit>& exhibit_table() {
  static constexpr Table<Exhibit> table = {"exhibits", kExhibitColumns};
  return table;
}

const Table<ExhibitValue>& exhibit_value_table() {
  static constexpr Table<ExhibitValue> table = {"exhibit_values", kExhibitValueColumns};
  return table;
}

const Table<StudyLayer>& study_layer_table() {
  static constexpr Table<StudyLayer> table = {"study_layers", kStudyLayerColumns};
  return table;
}

}  // namespace thimble::store
