// make_digits: a data set of digits in the IDX format of MNIST, rendered from the fonts of this
// machine. The test images use families that the training images do not.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/checksum.h"
#include "base/files.h"
#include "tools/digits/distort.h"
#include "tools/digits/glyphs.h"

namespace thimble::digits {
namespace {

struct Options {
  std::string fonts = "/usr/share/fonts", folder;
  int train = 60'000, test = 10'000, size = 32;
  uint64_t seed = 1;
};

// "IDX": two zero bytes, the type (8: unsigned byte), the number of dimensions, their big-endian
// sizes, the values.
base::Bytes idx_header(const std::vector<int>& shape) {
  base::Bytes bytes{std::byte{0}, std::byte{0}, std::byte{8}, static_cast<std::byte>(shape.size())};
  for (int extent : shape)
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<std::byte>(extent >> shift & 0xFF));
  return bytes;
}

base::Result<> write_set(const Options& options, const std::string& prefix, int count,
                         const std::vector<const Typeface*>& typefaces, base::Random random) {
  base::Bytes images = idx_header({count, options.size, options.size});
  base::Bytes labels = idx_header({count});
  const auto any = [&](const auto& of) -> const auto& {
    return of[static_cast<size_t>(random.integer(0, static_cast<int64_t>(of.size()) - 1))];
  };
  for (int i = 0; i < count; ++i) {
    const int digit = i % 10;  // so that the first so many are balanced too
    const Image& glyph = any(any(typefaces)->digits[static_cast<size_t>(digit)]);
    for (float value : distorted(glyph, options.size, random).pixels)
      images.push_back(static_cast<std::byte>(value * 255 + 0.5f));
    labels.push_back(static_cast<std::byte>(digit));
  }
  const std::filesystem::path folder = options.folder;
  THIMBLE_TRY(base::write_file(folder / (prefix + "-images-idx3-ubyte"), images));
  return base::write_file(folder / (prefix + "-labels-idx1-ubyte"), labels);
}

base::Result<> make(const Options& options) {
  THIMBLE_ASSIGN(const std::vector<Typeface> typefaces, read_typefaces(options.fonts));
  std::vector<const Typeface*> train, test;
  for (const Typeface& typeface : typefaces) {
    const auto name = std::as_bytes(std::span(typeface.family));
    (base::crc32(name) % 5 == 0 ? test : train).push_back(&typeface);
  }
  fmt::print("{} fonts for training, {} others for the test\n", train.size(), test.size());
  if (train.empty() || test.empty())
    return base::fail(base::ErrorCode::kNotFound, "too few fonts below {}", options.fonts);
  std::error_code code;
  std::filesystem::create_directories(options.folder, code);
  base::Random random(options.seed);
  THIMBLE_TRY(write_set(options, "train", options.train, train, base::Random(random.next())));
  return write_set(options, "t10k", options.test, test, base::Random(random.next()));
}

}  // namespace
}  // namespace thimble::digits

int main(int argc, char** argv) {
  thimble::digits::Options options;
  CLI::App app("Renders a data set of digits from this machine's fonts");
  app.add_option("-o,--output", options.folder, "folder for the four IDX files")->required();
  app.add_option("--fonts", options.fonts, "folder with fonts")->capture_default_str();
  const auto count = CLI::Range(1, 1'000'000);
  app.add_option("--train", options.train, "training images")->check(count)->capture_default_str();
  app.add_option("--test", options.test, "test images")->check(count)->capture_default_str();
  app.add_option("--size", options.size, "pixels a side")
      ->check(CLI::Range(8, 256))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the random numbers")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (const auto made = thimble::digits::make(options); !made) {
    fmt::print(stderr, "make_digits: {}\n", made.error().to_string());
    return 1;
  }
}
