// What ONNX Runtime computes for every .onnx file of a folder, on the pattern of `thimble bench`: one line an
// output, with its network, type, shape and bytes (base64).
//
//   npm --prefix oracle i --ignore-scripts onnxruntime-web@1.30.0
//   ORT_WEB=$PWD/oracle/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs \
//     node tools/onnx/onnx_runtime.mjs tests/onnx/networks > tests/onnx/networks/onnx_runtime.txt
import fs from 'fs';
import path from 'path';

const ort = await import(process.env.ORT_WEB);
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const folder = process.argv[2];
for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.onnx')).sort()) {
  const session = await ort.InferenceSession.create(
      new Uint8Array(fs.readFileSync(path.join(folder, file))),
      {executionProviders: ['wasm'], graphOptimizationLevel: 'disabled'});
  const feeds = {};
  for (const {name, type, shape} of session.inputMetadata) {
    const data = new (type === 'float32' ? Float32Array : Uint8Array)(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < data.length; ++i) {
      const u = (37 * i + 11) % 256;
      data[i] = type === 'float32' ? (u - 128) / 128 : u;
    }
    feeds[name] = new ort.Tensor(type, data, shape);
  }
  const results = await session.run(feeds);
  for (const name of session.outputNames) {
    const {type, dims, data} = results[name];
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
    console.log(`${path.basename(file, '.onnx')} ${type} ${dims.join('x')} ${bytes}`);
  }
}
