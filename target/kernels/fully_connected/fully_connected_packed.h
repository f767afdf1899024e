// int8 matrix product by packed row pairs (runtime/packed_row.h): a row of inputs is extended to
// half-words in scratch memory, then meets every group of channels.
#pragma once

#include <stdint.h>

#include "kernels/fully_connected/kernel.h"
#include "runtime/fixed_point.h"
#include "runtime/packed_row.h"

namespace thimble::kernels {

// Channels lie in groups of eight, the last `by_four` ones in groups of four. Groups that are not
// full are filled up with weights of zero.
struct FullyConnectedS8PackedParams : MatrixShape {
  const int32_t* weights;
  const int32_t* table;  // row_table_words() a group
  int32_t by_four;
  int32_t per_channel;                  // whether channels have factors of their own
  int32_t multiplier, shift, rounding;  // as in PackedRow
  int32_t min, max;                     // of the output element
  int32_t is_clamped;                   // whether that is less than all of int8
};

// Rows of groups, of which the last may have fewer channels than it computes.
class PackedRows {
 public:
  // Eight outputs to begin with, then the row of inputs.
  PackedRows(const FullyConnectedS8PackedParams& p, uint8_t* scratch)
      : p_(p),
        spare_(reinterpret_cast<int8_t*>(scratch)),
        column_(reinterpret_cast<uint32_t*>(scratch + 8)),
        steps_((p.in + 3) / 4 * 2) {}

  void begin_row(const int8_t* input, int8_t* output) {
    uint32_t* const end = extend_pairs(input, p_.in, column_);
    if (end != column_ + steps_) *end = 0;
    row_.weights_entry = reinterpret_cast<const uint32_t*>(p_.weights);
    row_.table = p_.table;
    row_.multiplier = p_.multiplier;
    row_.shift = p_.shift;
    row_.rounding = p_.rounding;
    output_ = output;
  }

  // The next `count` channels in groups of `channels`.
  void multiply(int32_t count, int32_t channels, void (*multiply_groups)(PackedRow*)) {
    set_column(row_, channels, column_, steps_);
    set_weights(row_, row_.weights_entry);
    const int32_t whole = count / channels, rest = count % channels;
    if (whole > 0) {
      row_.output = output_;
      row_.groups = whole;
      multiply_groups(&row_);
      output_ += whole * channels;
    }
    if (rest > 0) {
      row_.output = spare_;
      row_.groups = 1;
      multiply_groups(&row_);
      for (int32_t i = 0; i < rest; ++i) *output_++ = spare_[i];
    }
    row_.weights_entry = byte_offset(row_.weights_entry, -row_.entry_bytes);
  }

 private:
  const FullyConnectedS8PackedParams& p_;
  int8_t* spare_;
  uint32_t* column_;
  int32_t steps_;
  PackedRow row_;
  int8_t* output_ = nullptr;
};

inline __attribute__((noinline)) void clamp_row(const FullyConnectedS8PackedParams& p,
                                                int8_t* output) {
  for (int32_t i = 0; i < p.out; ++i)
    output[i] = static_cast<int8_t>(fixed_point::clamp(output[i], p.min, p.max));
}

// Which groups there are.
enum GroupsOf { kAnyGroups, kGroupsOfEight, kGroupsOfFour, kBothGroups };

// kGroups and kPerChannel repeat the parameters; kAnyGroups says nothing of either. Scratch: eight
// bytes, and two for every input, a multiple of four of them.
template <int kGroups, bool kPerChannel>
void fully_connected_s8_packed(const FullyConnectedS8PackedParams& p, const int8_t* input,
                               int8_t* output, uint8_t* scratch) {
  const bool per_channel = kGroups == kAnyGroups ? p.per_channel != 0 : kPerChannel;
  PackedRows rows(p, scratch);
  for (int32_t row = 0; row < p.rows; ++row, input += p.in, output += p.out) {
    rows.begin_row(input, output);
    if (kGroups != kGroupsOfFour && p.by_four < p.out)
      rows.multiply(p.out - p.by_four, 8,
                    per_channel ? multiply_row_by_eight<true> : multiply_row_by_eight<false>);
    if (kGroups != kGroupsOfEight && p.by_four > 0)
      rows.multiply(p.by_four, 4,
                    per_channel ? multiply_row_by_four<true> : multiply_row_by_four<false>);
    if (p.is_clamped) clamp_row(p, output);
  }
}

}  // namespace thimble::kernels
