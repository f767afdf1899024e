// The files below a folder, or those in an archive (.tar, also compressed, or .zip).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace thimble::data {

class FileTree {
 public:
  // An archive is read into memory. Errors: kNotFound, kMalformed, kLimit (archives above 1 GiB).
  static base::Result<FileTree> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }

  // Relative paths of all regular files, sorted; hidden ones are left out.
  const std::vector<std::string>& names() const { return names_; }

  // Errors: kNotFound, kIo.
  base::Result<base::Bytes> read(const std::string& name) const;

 private:
  explicit FileTree(std::filesystem::path path) : path_(std::move(path)) {}
  base::Result<> list_folder();
  base::Result<> read_archive();

  std::filesystem::path path_;
  std::vector<std::string> names_;
  std::map<std::string, base::Bytes> contents_;  // of an archive
  bool is_folder_ = false;
};

// Files of classes: the class is the name of the file's folder or the beginning of its own name.
struct ClassFile {
  std::string name;
  int32_t label;
};
struct ClassFiles {
  std::vector<ClassFile> files;  // one of each class in turn, so that any first part is balanced
  std::vector<std::string> classes;
};

enum class ClassFrom { kFolder, kPrefix };  // prefix: up to the first '_'

// Files whose names end in one of `extensions` (lower case, with the dot). Classes are numbered as
// `classes` lists them or, when that is empty, by name, except that "normal" comes first.
// Errors: kNotFound (no such files), kInvalidArgument (a class that is not listed).
base::Result<ClassFiles> find_class_files(const FileTree& tree,
                                          const std::vector<std::string>& extensions,
                                          ClassFrom from, std::vector<std::string> classes);

}  // namespace thimble::data
