#include "emit/target_files.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "embedded_target.h"

namespace thimble::emit {
namespace {

std::vector<std::string> quoted_includes(std::string_view content) {
  constexpr std::string_view kDirective = "#include \"";
  std::vector<std::string> paths;
  for (size_t at = content.find(kDirective); at != content.npos;
       at = content.find(kDirective, at)) {
    at += kDirective.size();
    paths.emplace_back(content.substr(at, content.find('"', at) - at));
  }
  return paths;
}

}  // namespace

std::string licence_notice(std::string_view comment) {
  return fmt::format(
      "{0} SPDX-License-Identifier: 0BSD\n{0} Written by Thimble; free to use, without "
      "conditions.\n",
      comment);
}

base::Result<SourceFile> target_file(std::string_view path) {
  auto files = embedded_target::embedded_files();
  auto found = std::ranges::find(files, path, [](const auto& file) { return file.path; });
  if (found == files.end())
    return base::fail(base::ErrorCode::kNotFound, "the target source {} is not part of this build",
                      path);
  return SourceFile{std::string(path), licence_notice("//") + std::string(found->content)};
}

base::Result<std::vector<SourceFile>> with_includes(const std::vector<std::string>& roots) {
  std::map<std::string, SourceFile> found;
  std::vector<std::string> waiting = roots;
  while (!waiting.empty()) {
    std::string path = std::move(waiting.back());
    waiting.pop_back();
    if (found.contains(path)) continue;
    THIMBLE_ASSIGN(SourceFile file, target_file(path));
    std::ranges::move(quoted_includes(file.content), std::back_inserter(waiting));
    found.emplace(path, std::move(file));
  }
  std::vector<SourceFile> files;
  for (auto& [path, file] : found) files.push_back(std::move(file));
  return files;
}

}  // namespace thimble::emit
