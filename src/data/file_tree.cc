#include "data/file_tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "data/archive_error.h"

namespace thimble::data {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

bool is_hidden(const std::string& name) {
  for (const fs::path& part : fs::path(name))
    if (part.string().starts_with('.') && part != "." && part != "..") return true;
  return false;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string class_of(const std::string& name, ClassFrom from) {
  const fs::path path = name;
  if (from == ClassFrom::kFolder) return path.parent_path().filename().string();
  const std::string file = path.filename().string();
  return file.substr(0, file.find_first_of("_."));
}

}  // namespace

Result<FileTree> FileTree::open(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status))
    return base::fail(ErrorCode::kNotFound, "{}: no such file or folder", path.string());
  FileTree tree(path);
  tree.is_folder_ = fs::is_directory(status);
  THIMBLE_TRY(tree.is_folder_ ? tree.list_folder() : tree.read_archive());
  std::ranges::sort(tree.names_);
  return tree;
}

Result<> FileTree::list_folder() {
  std::error_code error;
  fs::recursive_directory_iterator entry(path_, fs::directory_options::skip_permission_denied,
                                         error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    std::string name = entry->path().lexically_relative(path_).generic_string();
    if (!is_hidden(name)) names_.push_back(std::move(name));
  }
  if (error) return base::fail(ErrorCode::kIo, "{}: {}", path_.string(), error.message());
  return {};
}

Result<> FileTree::read_archive() {
  constexpr size_t kMaxBytes = size_t{1} << 30, kBlockBytes = 1 << 16;
  const std::unique_ptr<archive, decltype(&archive_read_free)> opened(archive_read_new(),
                                                                      &archive_read_free);
  archive_read_support_filter_all(opened.get());
  archive_read_support_format_tar(opened.get());
  archive_read_support_format_zip(opened.get());
  auto malformed = [&] {
    return base::fail(base::Error(
        ErrorCode::kMalformed, fmt::format("{}: {}", path_.string(), archive_error(opened.get())),
        "expected a folder, or a .tar (also compressed) or .zip archive"));
  };
  if (archive_read_open_filename(opened.get(), path_.c_str(), kBlockBytes) != ARCHIVE_OK)
    return malformed();
  size_t total = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int found = archive_read_next_header(opened.get(), &entry);
    if (found == ARCHIVE_EOF) return {};
    if (found < ARCHIVE_WARN) return malformed();
    const char* name = archive_entry_pathname(entry);
    if (!name || archive_entry_filetype(entry) != AE_IFREG || is_hidden(name)) continue;
    base::Bytes content;
    std::byte block[kBlockBytes];
    for (;;) {
      const la_ssize_t got = archive_read_data(opened.get(), block, sizeof(block));
      if (got < 0) return malformed();
      if (got == 0) break;
      total += static_cast<size_t>(got);
      if (total > kMaxBytes)
        return base::fail(
            base::Error(ErrorCode::kLimit,
                        fmt::format("{}: unpacks to more than {} bytes", path_.string(), kMaxBytes),
                        "unpack it and give the folder"));
      content.insert(content.end(), block, block + got);
    }
    names_.emplace_back(name);
    contents_[name] = std::move(content);
  }
}

Result<base::Bytes> FileTree::read(const std::string& name) const {
  if (is_folder_) return base::read_file(path_ / name);
  const auto found = contents_.find(name);
  if (found == contents_.end())
    return base::fail(ErrorCode::kNotFound, "{}: has no {}", path_.string(), name);
  return found->second;
}

Result<ClassFiles> find_class_files(const FileTree& tree,
                                    const std::vector<std::string>& extensions, ClassFrom from,
                                    std::vector<std::string> classes) {
  std::map<std::string, std::vector<std::string>> by_class;
  for (const std::string& name : tree.names()) {
    const std::string extension = lower(fs::path(name).extension().string());
    if (std::ranges::find(extensions, extension) != extensions.end())
      by_class[class_of(name, from)].push_back(name);
  }
  if (by_class.empty())
    return base::fail(ErrorCode::kNotFound, "{}: has no files that end in {}", tree.path().string(),
                      fmt::join(extensions, ", "));
  if (classes.empty()) {
    for (const auto& [name, files] : by_class) classes.push_back(name);
    std::ranges::stable_partition(classes, [](const auto& name) { return name == "normal"; });
  }
  ClassFiles found;
  found.classes = std::move(classes);
  size_t most = 0;
  for (const auto& [name, files] : by_class) {
    if (std::ranges::find(found.classes, name) == found.classes.end())
      return base::fail(
          base::Error(ErrorCode::kInvalidArgument,
                      fmt::format("{}: {} is of the class '{}', which is not listed",
                                  tree.path().string(), files[0], name),
                      fmt::format("the listed classes are {}", fmt::join(found.classes, ", "))));
    most = std::max(most, files.size());
  }
  for (size_t i = 0; i < most; ++i)
    for (size_t label = 0; label < found.classes.size(); ++label) {
      const auto files = by_class.find(found.classes[label]);
      if (files != by_class.end() && i < files->second.size())
        found.files.push_back({files->second[i], static_cast<int32_t>(label)});
    }
  return found;
}

}  // namespace thimble::data
