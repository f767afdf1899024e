#include "optimize/stored_size.h"

#include <zlib.h>

#include <set>
#include <vector>

#include "base/check.h"

namespace thimble::optimize {

uint64_t constant_bytes(const ir::Graph& graph) {
  std::set<const base::Bytes*> counted;
  uint64_t bytes = 0;
  for (const ir::Tensor& tensor : graph.tensors)
    if (tensor.is_constant() && counted.insert(tensor.data.get()).second) bytes += tensor.bytes();
  return bytes;
}

uint64_t gzip_bytes(std::span<const std::byte> file) {
  constexpr int kGzipFormat = 16 + MAX_WBITS, kMemory = 9;
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipFormat, kMemory,
                     Z_DEFAULT_STRATEGY) == Z_OK,
        "zlib");
  std::vector<Bytef> output(deflateBound(&stream, file.size()));
  // zlib never writes its input.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(file.data()));
  stream.avail_in = static_cast<uInt>(file.size());
  stream.next_out = output.data();
  stream.avail_out = static_cast<uInt>(output.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
  const uint64_t bytes = stream.total_out;
  deflateEnd(&stream);
  return bytes;
}

}  // namespace thimble::optimize
