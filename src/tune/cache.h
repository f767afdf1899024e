// Measured cycles, kept on disk by what they depend on.
//
// One small text file per signature, named by its checksum and holding it whole, so that two with
// the same checksum are told apart. Written to a temporary name and renamed: several programs may
// use one folder. Whatever cannot be read counts as not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace thimble::tune {

class Cache {
 public:
  // An empty path: a cache that holds nothing.
  explicit Cache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::optional<uint64_t> find(std::string_view signature) const;

  // Creates the folder. Errors: kIo.
  base::Result<> store(std::string_view signature, uint64_t cycles) const;

 private:
  std::filesystem::path file_of(std::string_view signature) const;

  std::filesystem::path folder_;
};

// thimble/tune in the user's folder for caches (XDG_CACHE_HOME, else ~/.cache); empty without a
// home.
std::filesystem::path default_cache_folder();

}  // namespace thimble::tune
