#include "frontend/onnx/parse.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>
#include <onnx/onnx_pb.h>

#include <algorithm>

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;

constexpr size_t kMaxFileBytes = size_t{1} << 30;
constexpr size_t kSmallFileBytes = size_t{1} << 20;

// Hands out the file piece by piece, and no more once the message has become too large: two bytes
// of a file can stand for an object of hundreds.
class BoundedStream final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  BoundedStream(std::span<const std::byte> bytes, const google::protobuf::Arena& arena)
      : bytes_(bytes), arena_(arena), max_arena_bytes_(16 * bytes.size() + kSmallFileBytes) {}

  bool Next(const void** data, int* size) override {
    is_exhausted_ = arena_.SpaceAllocated() > max_arena_bytes_;
    if (is_exhausted_ || position_ == bytes_.size()) return false;
    const size_t count = std::min(kPieceBytes, bytes_.size() - position_);
    *data = bytes_.data() + position_;
    *size = static_cast<int>(count);
    position_ += count;
    return true;
  }

  void BackUp(int count) override { position_ -= static_cast<size_t>(count); }

  bool Skip(int count) override {
    const size_t rest = bytes_.size() - position_;
    position_ += std::min(static_cast<size_t>(count), rest);
    return static_cast<size_t>(count) <= rest;
  }

  int64_t ByteCount() const override { return static_cast<int64_t>(position_); }

  bool is_exhausted() const { return is_exhausted_; }

 private:
  static constexpr size_t kPieceBytes = 4096;
  std::span<const std::byte> bytes_;
  const google::protobuf::Arena& arena_;
  size_t max_arena_bytes_;
  size_t position_ = 0;
  bool is_exhausted_ = false;
};

}  // namespace

base::Result<const onnx::ModelProto*> parse_model(std::span<const std::byte> bytes,
                                                  google::protobuf::Arena& arena) {
  if (bytes.size() > kMaxFileBytes)
    return fail(ErrorCode::kLimit, "files above {} bytes are not supported", kMaxFileBytes);
  auto* model = google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  BoundedStream stream(bytes, arena);
  google::protobuf::io::CodedInputStream coded(&stream);
  const bool is_whole = model->ParsePartialFromCodedStream(&coded) && coded.ConsumedEntireMessage();
  if (stream.is_exhausted())
    return fail(ErrorCode::kLimit, "the file describes far more than its {} bytes can hold",
                bytes.size());
  if (!is_whole)
    return fail(ErrorCode::kMalformed, "not an ONNX file, or a damaged one: no protobuf message");
  if (!model->has_graph()) return fail(ErrorCode::kMalformed, "not an ONNX file: it has no graph");
  return model;
}

}  // namespace thimble::frontend
