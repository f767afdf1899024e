// What the header and the source of a model are written from.
#pragma once

#include <string>
#include <string_view>

#include "emit/emit.h"

namespace thimble::emit {

struct ModelFiles {
  const plan::Plan& plan;
  std::string_view identifier;
};

SourceFile model_header(const ModelFiles& model);

// Fills `layer_symbols` (one per plan step).
base::Result<SourceFile> model_source(const ModelFiles& model,
                                      std::vector<std::string>& layer_symbols);

}  // namespace thimble::emit
