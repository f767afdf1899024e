#include "sweep/data_id.h"

#include "data/file_tree.h"
#include "data/spec.h"
#include "sweep/point.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;

void add_file(const fs::path& file, FileDigests& digests, std::vector<std::string>& parts) {
  const auto sha256 = digests.sha256(file);
  parts.push_back(sha256 ? *sha256 : base::error_code_name(sha256.error().code));
}

void add_folder(const fs::path& folder, FileDigests& digests, std::vector<std::string>& parts) {
  const auto tree = data::FileTree::open(folder);
  if (!tree) return parts.push_back(base::error_code_name(tree.error().code));
  for (const std::string& name : tree->names()) {
    parts.push_back(name);
    add_file(folder / name, digests, parts);
  }
}

}  // namespace

std::string data_id(const std::string& specification, const fs::path& folder,
                    FileDigests& digests) {
  if (specification.empty()) return {};
  const auto spec = data::Spec::parse(specification);
  if (!spec) return {};
  std::vector<std::string> parts;
  for (const fs::path& path : spec->paths()) {
    std::error_code ignored;
    const fs::path file = folder / path;
    if (fs::is_directory(file, ignored))
      add_folder(file, digests, parts);
    else
      add_file(file, digests, parts);
  }
  return content_id(parts);
}

}  // namespace thimble::sweep
