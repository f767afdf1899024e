#include "data/features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <functional>
#include <limits>
#include <numbers>

namespace thimble::data {
namespace {

using base::ErrorCode;
using base::Result;

// In place; the size is a power of two (Cooley and Tukey 1965).
void fft(std::vector<std::complex<double>>& x) {
  const size_t n = x.size();
  for (size_t i = 1, reversed = 0; i < n; ++i) {
    size_t bit = n >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (i < reversed) std::swap(x[i], x[reversed]);
  }
  for (size_t length = 2; length <= n; length *= 2) {
    const std::complex<double> step =
        std::polar(1.0, -2 * std::numbers::pi / static_cast<double>(length));
    for (size_t start = 0; start < n; start += length) {
      std::complex<double> twiddle = 1;
      for (size_t i = 0; i < length / 2; ++i, twiddle *= step) {
        const auto even = x[start + i], odd = x[start + i + length / 2] * twiddle;
        x[start + i] = even + odd;
        x[start + i + length / 2] = even - odd;
      }
    }
  }
}

std::vector<double> periodic_hann(size_t size) {
  std::vector<double> window(size);
  for (size_t i = 0; i < size; ++i)
    window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) /
                                     static_cast<double>(size));
  return window;
}

// Magnitudes of the frequencies from 0 to half the rate. The frame is as long as the window; the
// FFT is of the next power of two.
std::vector<double> magnitudes(std::span<const double> frame, const std::vector<double>& window) {
  std::vector<std::complex<double>> x(std::bit_ceil(frame.size()));
  for (size_t i = 0; i < frame.size(); ++i) x[i] = frame[i] * window[i];
  fft(x);
  std::vector<double> result(x.size() / 2 + 1);
  for (size_t i = 0; i < result.size(); ++i) result[i] = std::abs(x[i]);
  return result;
}

using Filters = std::vector<std::vector<double>>;  // [mel][frequency]

double hertz_to_htk(double hertz) {
  return 1127.0 * std::log(1.0 + hertz / 700.0);
}

// Triangles whose sides are straight on the mel scale; the lowest frequency (0 Hz) has no weight.
// Source: tf.signal.linear_to_mel_weight_matrix.
Filters htk_filters(size_t count, size_t frequencies, double rate, double low, double high) {
  const double first = hertz_to_htk(low), last = hertz_to_htk(high);
  auto edge = [&](size_t i) {
    return first + (last - first) * static_cast<double>(i) / static_cast<double>(count + 1);
  };
  Filters filters(count, std::vector<double>(frequencies));
  for (size_t m = 0; m < count; ++m)
    for (size_t f = 1; f < frequencies; ++f) {
      const double mel =
          hertz_to_htk(rate / 2 * static_cast<double>(f) / static_cast<double>(frequencies - 1));
      const double up = (mel - edge(m)) / (edge(m + 1) - edge(m));
      const double down = (edge(m + 2) - mel) / (edge(m + 2) - edge(m + 1));
      filters[m][f] = std::max(0.0, std::min(up, down));
    }
  return filters;
}

// Linear below 1000 Hz, logarithmic above.
double slaney_to_hertz(double mel) {
  constexpr double kHertzPerMel = 200.0 / 3, kBreak = 1000.0 / kHertzPerMel;
  if (mel < kBreak) return mel * kHertzPerMel;
  return 1000.0 * std::exp((mel - kBreak) * std::log(6.4) / 27.0);
}

double hertz_to_slaney(double hertz) {
  constexpr double kHertzPerMel = 200.0 / 3, kBreak = 1000.0 / kHertzPerMel;
  if (hertz < 1000.0) return hertz / kHertzPerMel;
  return kBreak + std::log(hertz / 1000.0) * 27.0 / std::log(6.4);
}

// Triangles whose sides are straight over the frequency, of unit area. Source: librosa.filters.mel.
Filters slaney_filters(size_t count, size_t frequencies, double rate) {
  const double last = hertz_to_slaney(rate / 2);
  auto edge = [&](size_t i) {
    return slaney_to_hertz(last * static_cast<double>(i) / static_cast<double>(count + 1));
  };
  Filters filters(count, std::vector<double>(frequencies));
  for (size_t m = 0; m < count; ++m)
    for (size_t f = 0; f < frequencies; ++f) {
      const double hertz = rate / 2 * static_cast<double>(f) / static_cast<double>(frequencies - 1);
      const double up = (hertz - edge(m)) / (edge(m + 1) - edge(m));
      const double down = (edge(m + 2) - hertz) / (edge(m + 2) - edge(m + 1));
      filters[m][f] = std::max(0.0, std::min(up, down)) * 2 / (edge(m + 2) - edge(m));
    }
  return filters;
}

std::vector<double> filtered(const Filters& filters, const std::vector<double>& spectrum) {
  std::vector<double> result;
  for (const std::vector<double>& filter : filters) {
    double sum = 0;
    for (size_t f = 0; f < spectrum.size(); ++f) sum += filter[f] * spectrum[f];
    result.push_back(sum);
  }
  return result;
}

Result<> check_rate(const Sound& sound) {
  constexpr int32_t kMin = 1000, kMax = 1 << 20;
  if (sound.rate_hz < kMin || sound.rate_hz > kMax)
    return base::fail(ErrorCode::kUnsupported, "a rate of {} Hz is not supported", sound.rate_hz);
  return {};
}

// Sample i of a sound that is mirrored at its ends, without repeating the last one.
double mirrored(const std::vector<float>& samples, int64_t i) {
  const auto period = 2 * (static_cast<int64_t>(samples.size()) - 1);
  if (period == 0) return samples[0];
  i = ((i % period) + period) % period;
  return samples[static_cast<size_t>(std::min(i, period - i))];
}

}  // namespace

Result<std::vector<float>> keyword_mfcc(const Sound& sound) {
  constexpr size_t kMels = 40, kCoefficients = 10;
  constexpr double kLow = 20, kHigh = 4000, kOffset = 1e-6;
  THIMBLE_TRY(check_rate(sound));
  const auto rate = static_cast<size_t>(sound.rate_hz);
  const size_t size = rate * 30 / 1000, step = rate * 20 / 1000;
  std::vector<double> samples(sound.samples.begin(), sound.samples.end());
  samples.resize(rate);
  // A sound that never rises above 0 is left as it is.
  const double largest = *std::ranges::max_element(samples);
  for (double& sample : samples) sample /= largest > 0 ? largest : 1;

  const std::vector<double> window = periodic_hann(size);
  const Filters filters =
      htk_filters(kMels, std::bit_ceil(size) / 2 + 1, sound.rate_hz, kLow, kHigh);
  std::vector<float> features;
  for (size_t start = 0; start + size <= samples.size(); start += step) {
    std::vector<double> mels =
        filtered(filters, magnitudes(std::span(samples).subspan(start, size), window));
    for (double& mel : mels) mel = std::log(mel + kOffset);
    for (size_t k = 0; k < kCoefficients; ++k) {
      double sum = 0;
      for (size_t n = 0; n < kMels; ++n)
        sum += mels[n] *
               std::cos(std::numbers::pi * static_cast<double>(k * (2 * n + 1)) / (2.0 * kMels));
      features.push_back(static_cast<float>(2 * sum / std::sqrt(2.0 * kMels)));
    }
  }
  return features;
}

Result<std::vector<float>> anomaly_log_mel(const Sound& sound) {
  constexpr int64_t kSize = 1024, kStep = 512;
  constexpr size_t kMels = 128, kFirst = 50, kEnd = 250, kFramesOfInput = 5;
  THIMBLE_TRY(check_rate(sound));
  if (sound.samples.empty()) return base::fail(ErrorCode::kMalformed, "the sound is empty");
  const size_t end = std::min(kEnd, 1 + sound.samples.size() / static_cast<size_t>(kStep));
  if (end < kFirst + kFramesOfInput)
    return base::fail(ErrorCode::kMalformed,
                      "the sound is too short: {} samples, at least {} are needed",
                      sound.samples.size(), (kFirst + kFramesOfInput - 1) * kStep);

  const std::vector<double> window = periodic_hann(kSize);
  const Filters filters = slaney_filters(kMels, kSize / 2 + 1, sound.rate_hz);
  std::vector<float> frames;
  std::vector<double> frame(kSize);
  for (size_t index = kFirst; index < end; ++index) {
    const int64_t start = static_cast<int64_t>(index) * kStep - kSize / 2;
    for (int64_t i = 0; i < kSize; ++i)
      frame[static_cast<size_t>(i)] = mirrored(sound.samples, start + i) / 32768.0;
    std::vector<double> power = magnitudes(frame, window);
    for (double& value : power) value *= value;
    for (double mel : filtered(filters, power))
      frames.push_back(
          static_cast<float>(10 * std::log10(mel + std::numeric_limits<double>::epsilon())));
  }
  std::vector<float> inputs;
  for (size_t first = 0; first + kFramesOfInput <= end - kFirst; ++first)
    inputs.insert(inputs.end(), frames.begin() + static_cast<std::ptrdiff_t>(first * kMels),
                  frames.begin() + static_cast<std::ptrdiff_t>((first + kFramesOfInput) * kMels));
  return inputs;
}

}  // namespace thimble::data
