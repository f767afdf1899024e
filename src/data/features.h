// Features of sound, as the reference implementations of MLPerf Tiny compute them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace thimble::data {

struct Sound {
  int32_t rate_hz = 0;
  std::vector<float> samples;  // 16-bit integers, not scaled; the first channel
};

// Keyword spotting (benchmark/training/keyword_spotting/get_dataset.py): one second, filled with
// zeros and divided by its largest sample; frames of 30 ms every 20 ms, periodic Hann window,
// magnitudes of an FFT of the next power of two; 40 triangles from 20 to 4000 Hz on the mel scale
// of HTK; ln(x + 1e-6); DCT-II divided by sqrt(2 * 40), of which the first 10 are kept.
// [frame][coefficient]: 49 x 10 at 16 kHz.
base::Result<std::vector<float>> keyword_mfcc(const Sound& sound);

// Anomaly detection (benchmark/training/anomaly_detection/common.py, which calls librosa): samples
// in [-1, 1), frames of 1024 every 512 around their centre (the ends are mirrored), periodic Hann
// window, squared magnitudes; 128 triangles up to half the rate on Slaney's mel scale, each of
// unit area; 10 log10(x + 2^-52); frames 50 to 249; every 5 frames in a row are one input.
// [input][frame][mel]: 196 x 5 x 128 for ten seconds at 16 kHz.
base::Result<std::vector<float>> anomaly_log_mel(const Sound& sound);

}  // namespace thimble::data
