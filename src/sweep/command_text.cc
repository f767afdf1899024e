#include "sweep/command_text.h"

#include "base/text.h"

namespace thimble::sweep {
namespace {

void add_command(std::string& text, Arguments words, const Arguments& more) {
  words.insert(words.end(), more.begin(), more.end());
  text += " && thimble";
  for (const std::string& word : words) text += " " + base::shell_quoted(word);
}

}  // namespace

std::string command_text(const Point& point) {
  std::string text = "cd " + base::shell_quoted(point.folder.string());
  if (!point.sim.empty()) {
    add_command(text, {"sim"}, point.sim);
    return text + " --json";
  }
  // Where it disturbs nobody.
  const std::string temporary = "/tmp/thimble-" + point.key().substr(0, 12);
  std::string model = point.model;
  if (!point.zoo.empty()) {
    model = temporary + ".zoo.tflite";
    add_command(text, {"zoo"}, point.zoo);
    text += " -o " + model;
  }
  if (!point.optimize.empty()) {
    const std::string smaller = temporary + ".tflite";
    add_command(text, {"optimize", model}, point.optimize);
    text += " -o " + smaller;
    model = smaller;
  }
  if (!point.eval.empty()) add_command(text, {"eval", model}, point.eval);
  add_command(text, {"bench", model}, point.bench);
  return text + " --json";
}

}  // namespace thimble::sweep
