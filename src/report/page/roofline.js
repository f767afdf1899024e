// Roofline of the chosen run: what each layer reaches against what its core could do at most.
//
// The roofs are upper bounds of the instruction set and of the data path to memory without wait
// states, from Arm's technical reference manuals: SMLAD makes two MACCs of 16 bits in a cycle on
// cores with the DSP extension; without it a multiplication and an addition are two instructions
// (M0+), or MLA takes two cycles (M3). Loads move a word of 32 bits a cycle, on the M7 two.

const kRoofs = {
  "cortex-m0plus": {maccs: 0.5, bytes: 4},
  "cortex-m3": {maccs: 0.5, bytes: 4},
  "cortex-m4": {maccs: 2, bytes: 4},
  "cortex-m33": {maccs: 2, bytes: 4},
  "cortex-m7": {maccs: 2, bytes: 8},
};

function draw_roofline(state) {
  const run = state.chosen;
  const layers = (run?.layers || []).filter((layer) => layer.maccs > 0 && layer.cycles > 0);
  const ops = distinct(layers, "op");
  const style = new Map(ops.map((op, i) => [op, category_style(i)]));
  const points = layers.map((layer) => roof_point(layer, style.get(layer.op)));
  const core = run?.board_row?.core, roof = kRoofs[core];
  const spec = {
    points,
    label: "Roofline",
    x: {
      label: "arithmetic intensity (MACCs per byte of weights, inputs and outputs)",
      log: "always"
    },
    y: {label: "MACCs per cycle", log: "always"},
    also: roof ? {x: [roof.maccs / roof.bytes], y: [roof.maccs]} : {},
    draw_below: (svg, x, y) => {
      if (roof) draw_roof(svg, x, y, roof, core);
    },
  };
  const beside = element(
      "div", {class: "beside"}, legend(ops.map((op) => ({style: style.get(op), text: op}))),
      note(
          roof ?
              "The lines are what the core does at best with data that are moved once and wait " +
                  "for nothing. Only a kernel that leaves out multiplications can lie above them." :
              `No roof is known for ${core}.`));
  draw_chart("#roofline", spec, beside, "No layer of this run makes MACCs.");
}

function roof_point(layer, style) {
  const bytes = layer.constant_bytes + layer.activation_bytes;
  const x = layer.maccs / Math.max(bytes, 1), y = layer.maccs / layer.cycles;
  return {
    x,
    y,
    style,
    key: `${layer.step}`,
    lines: [
      layer_label(layer), layer.kernel, `${significant(x)} MACCs/byte`,
      `${significant(y)} MACCs/cycle`
    ]
  };
}

function draw_roof(svg, x, y, roof, core) {
  const [low, high] = x.domain(), knee = roof.maccs / roof.bytes;
  const start = Math.max(low, y.domain()[0] / roof.bytes);
  const line = [[start, start * roof.bytes], [knee, roof.maccs], [high, roof.maccs]];
  svg.append("path").attr("class", "guide").attr("d", d3.line()(line.map(([a,
                                                                           b]) => [x(a), y(b)])));
  svg.append("text")
      .attr("class", "guide_label")
      .attr("text-anchor", "end")
      .attr("x", x(high) - 6)
      .attr("y", y(roof.maccs) - 6)
      .text(`${core}: ${roof.maccs} MACC${roof.maccs === 1 ? "" : "s"}/cycle, ${
          roof.bytes} bytes/cycle`);
}
