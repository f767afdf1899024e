// The page around the data: one HTML file that needs nothing else, neither files nor a network.
#pragma once

#include <string>
#include <string_view>

namespace thimble::report {

enum class Mode {
  kFile,    // shows what it holds
  kServed,  // asks the server that it came from for newer data
};

// `data`: of report_data(). Whatever texts it holds, they stay texts: the page's scripts read them
// as JSON and never as HTML.
std::string page(std::string_view data, Mode mode);

}  // namespace thimble::report
