// From a Plan to C++ sources for the target: the model itself, the kernels it calls and nothing
// else.
//
// The output is freestanding C++17 with a C interface; see docs/deploy.md for what the user gets.
// Every file carries the 0BSD licence notice: generated code is free to use.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"

namespace thimble::emit {

// A file to be written below some folder.
struct SourceFile {
  std::string path;  // relative, with '/'
  std::string content;
};

struct EmittedModel {
  std::string identifier;                  // "kws": prefix of every name, thimble_kws_...
  std::vector<SourceFile> files;           // include/ and src/
  std::vector<std::string> layer_symbols;  // by plan step; empty where the layer needs no code
};

// A C identifier from a model's file name: "Foo-bar 2.tflite" gives "foo_bar_2".
std::string identifier_from(std::string_view name);

// The model's header and source, and the kernel sources below target/ that they need.
base::Result<EmittedModel> emit_model(const plan::Plan& plan, std::string_view identifier);

// Those, and what makes them a folder that builds by itself: CMakeLists.txt, README.md, an example.
base::Result<std::vector<SourceFile>> emit_deploy_folder(const plan::Plan& plan,
                                                         std::string_view identifier);

// Writes the files below `folder`, creating the folders they need and replacing what is there.
// Errors: kIo.
base::Result<> write_files(const std::filesystem::path& folder,
                           const std::vector<SourceFile>& files);

// A file of target/ that is compiled into the program ("apps/startup.cc").
base::Result<SourceFile> target_file(std::string_view path);

}  // namespace thimble::emit
