// One digit as a hand might have written it: turned, slanted, stretched, bent, and badly scanned.
#pragma once

#include "base/random.h"
#include "tools/digits/image.h"

namespace thimble::digits {

// A square picture of `size` pixels. Affine map and elastic deformation (Simard, Steinkraus,
// Platt 2003: random displacements smoothed by a Gaussian), sampled with 2x2 points a pixel.
Image distorted(const Image& glyph, int size, base::Random& random);

}  // namespace thimble::digits
