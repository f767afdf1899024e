#include "sweep/data_id.h"

#include "data/file_tree.h"
#include "data/spec.h"
#include "sweep/point.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;

struct Parts {
  FileDigests& digests;
  std::vector<std::string> texts;
  size_t unreadable = 0;

  void add_error(const base::Error& error) {
    texts.emplace_back(base::error_code_name(error.code));
    ++unreadable;
  }

  void add_file(const fs::path& file) {
    const auto sha256 = digests.sha256(file);
    if (!sha256) return add_error(sha256.error());
    texts.push_back(*sha256);
  }

  void add_folder(const fs::path& folder) {
    const auto tree = data::FileTree::open(folder);
    if (!tree) return add_error(tree.error());
    for (const std::string& name : tree->names()) {
      texts.push_back(name);
      add_file(folder / name);
    }
  }
};

}  // namespace

std::string data_id(const std::string& specification, const fs::path& folder, FileDigests& digests,
                    size_t* unreadable) {
  if (specification.empty()) return {};
  const auto spec = data::Spec::parse(specification);
  if (!spec) return {};
  Parts parts{digests, {}};
  for (const fs::path& path : spec->paths()) {
    std::error_code ignored;
    const fs::path file = folder / path;
    if (fs::is_directory(file, ignored))
      parts.add_folder(file);
    else
      parts.add_file(file);
  }
  if (unreadable) *unreadable += parts.unreadable;
  return content_id(parts.texts);
}

}  // namespace thimble::sweep
