#include "tools/digits/glyphs.h"

#include <fmt/format.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include <algorithm>
#include <memory>
#include <optional>

#include "base/check.h"

namespace thimble::digits {

namespace {

constexpr int kEmPixels = 64;
// Added to the outlines, in 1/64 pixel: a thin pen, the font itself, a thick pen.
constexpr std::array kBoldness = {-96, 0, 160};

using Library = std::unique_ptr<FT_LibraryRec_, decltype(&FT_Done_FreeType)>;
using Face = std::unique_ptr<FT_FaceRec_, decltype(&FT_Done_Face)>;

std::optional<Image> render(FT_Face face, FT_UInt glyph, int boldness) {
  if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP)) return {};
  FT_Outline_Embolden(&face->glyph->outline, boldness);
  if (FT_Render_Glyph(face->glyph, FT_RENDER_MODE_NORMAL)) return {};
  const FT_Bitmap& bitmap = face->glyph->bitmap;
  if (bitmap.width == 0 || bitmap.rows == 0) return {};
  Image image(static_cast<int>(bitmap.width), static_cast<int>(bitmap.rows));
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      image.at(x, y) = static_cast<float>(bitmap.buffer[y * bitmap.pitch + x]) / 255;
  return image;
}

std::optional<Typeface> read_typeface(FT_Library library, const std::filesystem::path& path) {
  FT_Face opened = nullptr;
  if (FT_New_Face(library, path.c_str(), 0, &opened)) return {};
  const Face face(opened, &FT_Done_Face);
  if (!FT_IS_SCALABLE(opened) || FT_Set_Pixel_Sizes(opened, 0, kEmPixels)) return {};
  Typeface typeface{.family = opened->family_name ? opened->family_name : path.stem().string(),
                    .digits = {}};
  std::vector<FT_UInt> glyphs;
  for (int digit = 0; digit < 10; ++digit) {
    const FT_UInt glyph = FT_Get_Char_Index(opened, static_cast<FT_ULong>('0' + digit));
    if (glyph == 0 || std::ranges::find(glyphs, glyph) != glyphs.end()) return {};
    glyphs.push_back(glyph);
    for (int boldness : kBoldness)
      if (auto image = render(opened, glyph, boldness))
        typeface.digits[static_cast<size_t>(digit)].push_back(std::move(*image));
    if (typeface.digits[static_cast<size_t>(digit)].empty()) return {};
  }
  return typeface;
}

}  // namespace

base::Result<std::vector<Typeface>> read_typefaces(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code code;
  for (auto it = std::filesystem::recursive_directory_iterator(folder, code);
       !code && it != std::filesystem::recursive_directory_iterator(); it.increment(code))
    if (it->path().extension() == ".ttf" || it->path().extension() == ".otf")
      paths.push_back(it->path());
  std::ranges::sort(paths);

  FT_Library opened = nullptr;
  CHECK(FT_Init_FreeType(&opened) == 0);
  const Library library(opened, &FT_Done_FreeType);
  std::vector<Typeface> typefaces;
  for (const std::filesystem::path& path : paths)
    if (auto typeface = read_typeface(opened, path)) typefaces.push_back(std::move(*typeface));
  if (typefaces.empty())
    return base::fail(base::ErrorCode::kNotFound,
                      "no font with ten digits below {}; install some of Debian's fonts-* packages",
                      folder.string());
  return typefaces;
}

}  // namespace thimble::digits
