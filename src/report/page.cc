#include "report/page.h"

#include <algorithm>

#include "base/check.h"
#include "embedded_report_library.h"
#include "embedded_report_page.h"

namespace thimble::report {
namespace {

std::string_view page_file(std::string_view name) {
  for (const auto& file : embedded_report_page::embedded_files())
    if (file.path == name) return file.content;
  CHECK(false, "no file {} in the program", name);
}

// The page's own scripts; what one of them uses while it is read stands before it.
constexpr const char* kScripts[] = {
    "format.js", "model.js",    "filter.js",       "table.js",    "chart.js", "scatter.js",
    "runs.js",   "summary.js",  "pareto.js",       "maccs.js",    "size.js",  "layers.js",
    "memory.js", "roofline.js", "exhibit_bars.js", "exhibits.js", "main.js"};

std::string scripts() {
  std::string text;
  for (const char* name : kScripts) text += page_file(name);
  return text;
}

// "</script>" in a text would end the block of data, "<!--" would change how the rest is read.
// '<' can only stand within the strings of JSON.
std::string escaped(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (char c : json)
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  return text;
}

std::string_view library() {
  return embedded_report_library::embedded_files().front().content;
}

}  // namespace

std::string page(std::string_view data, Mode mode) {
  const bool served = mode == Mode::kServed;
  const std::string own_scripts = scripts(), safe_data = escaped(data);
  const std::pair<std::string_view, std::string_view> parts[] = {
      {"mode", served ? "served" : "file"},
      {"connect", served ? "'self'" : "'none'"},
      {"style", page_file("style.css")},
      {"library_licence", page_file("d3_licence.txt")},
      {"library", library()},
      {"scripts", own_scripts},
      {"data", safe_data}};
  // One pass, so that nothing within a part is taken for a place to fill.
  std::string html;
  std::string_view rest = page_file("page.html");
  for (size_t open; (open = rest.find("{{")) != rest.npos;) {
    const size_t close = rest.find("}}", open);
    CHECK(close != rest.npos, "page.html: '{{{{' without '}}}}'");
    const std::string_view name = rest.substr(open + 2, close - open - 2);
    const auto* part =
        std::ranges::find(parts, name, &std::pair<std::string_view, std::string_view>::first);
    CHECK(part != std::end(parts), "page.html: no part '{}'", name);
    html += rest.substr(0, open);
    html += part->second;
    rest.remove_prefix(close + 2);
  }
  html += rest;
  return html;
}

}  // namespace thimble::report
