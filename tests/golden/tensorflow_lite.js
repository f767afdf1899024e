// Runs every NAME.tflite of a folder on NAME.in.bin with TensorFlow Lite and writes NAME.out.bin.
// The runtime is WebAssembly out of an npm package; docs/operators.md has the steps.
//
//   TFJS_TFLITE=.../node_modules/@tensorflow/tfjs-tflite node tensorflow_lite.js FOLDER
const fs = require('fs');
const path = require('path');

const bytesOf = (tensor) => {
  const data = tensor.data();
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
};

const toArray = (vector) => Array.from({length: vector.size()}, (_, i) => vector.get(i));

// All inferences of one network, one after another, so that its state is kept.
function run(runtime, model, input) {
  const address = runtime._malloc(model.length);
  runtime.HEAPU8.set(model, address);
  const created = runtime.TFLiteWebModelRunner.CreateFromBufferAndOptions(
      address, model.length, {numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 1});
  if (!created.ok()) throw new Error(created.errorMessage());
  const runner = created.value();
  const outputs = [];
  for (let at = 0; at < input.length;) {
    for (const tensor of toArray(runner.GetInputs())) {
      const bytes = bytesOf(tensor);
      input.copy(bytes, 0, at, at + bytes.length);
      at += bytes.length;
    }
    if (!runner.Infer()) throw new Error('inference failed');
    for (const tensor of toArray(runner.GetOutputs())) outputs.push(Buffer.from(bytesOf(tensor)));
  }
  return Buffer.concat(outputs);
}

async function main(folder) {
  const wasm = path.join(process.env.TFJS_TFLITE, 'wasm', 'tflite_web_api_cc_simd');
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.tflite')).sort()) {
    const base = path.join(folder, path.basename(file, '.tflite'));
    fs.rmSync(base + '.out.bin', {force: true});
    // A fresh runtime each time: an error can leave it unusable.
    const messages = [];
    const runtime = await require(wasm + '.js')({
      wasmBinary: fs.readFileSync(wasm + '.wasm'),
      print() {},
      printErr: (text) => messages.push(text),
    });
    try {
      fs.writeFileSync(base + '.out.bin', run(runtime, fs.readFileSync(base + '.tflite'),
                                              fs.readFileSync(base + '.in.bin')));
    } catch (error) {
      console.error(`${file}: ${error.message} ${messages.filter((m) => /ERROR/.test(m)).join(' ')}`);
    }
  }
}

main(process.argv[2]);
