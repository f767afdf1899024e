#include <cctype>
#include <set>

#include "base/files.h"
#include "emit/emit.h"
#include "emit/model_files.h"
#include "emit/target_files.h"

namespace thimble::emit {

std::string identifier_from(std::string_view name) {
  constexpr size_t kMaxLength = 64;  // file names and symbols are built from it
  std::string id;
  for (unsigned char c : name.substr(0, name.rfind('.'))) {
    if (id.size() == kMaxLength) break;
    if (std::isalnum(c))
      id += static_cast<char>(std::tolower(c));
    else if (!id.empty() && id.back() != '_')
      id += '_';
  }
  while (!id.empty() && id.back() == '_') id.pop_back();
  if (id.empty()) return "model";
  if (std::isdigit(static_cast<unsigned char>(id[0]))) id = "model_" + id;
  // thimble_status.h is taken.
  return id == "status" ? "model_status" : id;
}

base::Result<> write_files(const std::filesystem::path& folder,
                           const std::vector<SourceFile>& files) {
  for (const SourceFile& file : files) {
    std::filesystem::path path = folder / file.path;
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error)
      return base::fail(base::ErrorCode::kIo, "cannot create {}: {}", path.parent_path().string(),
                        error.message());
    THIMBLE_TRY(base::write_file(path, file.content));
  }
  return {};
}

base::Result<EmittedModel> emit_model(const plan::Plan& plan, std::string_view identifier) {
  EmittedModel emitted;
  emitted.identifier = identifier;
  ModelFiles model{plan, identifier};
  emitted.files.push_back(model_header(model));
  THIMBLE_ASSIGN(SourceFile source, model_source(model, emitted.layer_symbols));
  emitted.files.push_back(std::move(source));
  THIMBLE_ASSIGN(SourceFile status, target_file("runtime/status.h"));
  status.path = "include/thimble_status.h";
  emitted.files.push_back(std::move(status));

  std::set<std::string> roots = {"runtime/layer.h", "runtime/memory.cc"};
  for (const plan::Step& step : plan.steps)
    for (const ops::KernelCall& call : step.lowering.calls) {
      roots.insert(call.header);
      if (!call.source.empty()) roots.insert(call.source);
    }
  THIMBLE_ASSIGN(std::vector<SourceFile> kernels, with_includes({roots.begin(), roots.end()}));
  for (SourceFile& file : kernels) {
    file.path = "src/" + file.path;
    emitted.files.push_back(std::move(file));
  }
  return emitted;
}

}  // namespace thimble::emit
