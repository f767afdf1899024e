// The chosen run layer by layer, beside another one if wanted.

const kLayerMeasures = [
  {key: "latency_ms", title: "latency", unit: "ms", text: significant},
  {key: "cycles", title: "cycles", unit: "", text: grouped},
  {key: "energy_uj", title: "energy", unit: "\u00B5J", text: significant},
  {key: "maccs", title: "MACCs", unit: "", text: grouped},
  {key: "constant_bytes", title: "weights", unit: "B", text: grouped},
  {key: "activation_bytes", title: "inputs and outputs", unit: "B", text: grouped},
];
const kRowHeight = 22, kLabelWidth = 330, kValueWidth = 150, kTwoValuesWidth = 340;

function draw_layers(state) {
  const content = document.querySelector("#layers .content");
  const run = state.chosen;
  if (!run?.layers.length) {
    content.replaceChildren(note(
        run ? `There are no layers of this run${run.ok ? "." : ": it failed."}` :
              "No run is chosen."));
    return;
  }
  const select = document.getElementById("layer_measure");
  const measure = kLayerMeasures.find(({key}) => key === select.value) || kLayerMeasures[0];
  fill_select(select, kLayerMeasures.map(({key, title}) => [key, title]), measure.key);
  const compared = offer_compared(state);
  content.replaceChildren();
  draw_bars(content, state, measure, compared);
  if (compared)
    content.append(legend([
      {style: {css: "k0", symbol: d3.symbolSquare}, text: name_of(run, state.varying)}, {
        style: {css: "k1", symbol: d3.symbolSquare},
        text: `thin: ${name_of(compared, state.varying)}`
      }
    ]));
  content.append(layer_table(run));
}

// Runs of which each step does the same as the chosen one's.
function offer_compared(state) {
  const ops = (run) => run.layers.map((layer) => layer.op).join();
  const wanted = ops(state.chosen);
  const alike = state.shown.filter((run) => run !== state.chosen && ops(run) === wanted);
  const select = document.getElementById("compared");
  const compared = alike.find((run) => run.key === select.value);
  fill_select(
      select, [["", "nothing"], ...alike.map((run) => [run.key, name_of(run, state.varying)])],
      compared?.key || "");
  return compared;
}

function layer_label(layer) {
  return `${layer.layer} ${layer.op} ${shape_text(layer.output_shape)}`;
}

// "[1,30,30,6]" to "1x30x30x6"; the store keeps it as JSON.
function shape_text(json) {
  return json.replace(/[[\]\s]/g, "").replace(/,/g, "x");
}

function draw_bars(content, state, measure, compared) {
  const {layers} = state.chosen;
  const width = chart_width(content, 1100), height = layers.length * kRowHeight + 8;
  const labels = Math.min(kLabelWidth, width * 0.4);
  const value = (layer) => layer[measure.key];
  const total = d3.sum(layers, value);
  const most = d3.max([...layers, ...(compared?.layers || [])], value) || 1;
  const x = d3.scaleLinear().domain([0, most]).range(
      [labels, width - (compared ? kTwoValuesWidth : kValueWidth)]);
  const svg = make_svg(content, width, height, `${measure.title} by layer`);
  const row = svg.selectAll("g")
                  .data(layers)
                  .enter()
                  .append("g")
                  .attr("class", "row")
                  .attr("transform", (layer, i) => `translate(0,${i * kRowHeight + 4})`)
                  .on("mousemove", (layer) => show_tooltip(d3.event, layer_lines(layer)))
                  .on("mouseleave", hide_tooltip);
  row.append("rect").attr("width", width).attr("height", kRowHeight).attr("fill", "transparent");
  row.append("text")
      .attr("x", labels - 8)
      .attr("y", 15)
      .attr("text-anchor", "end")
      .text(layer_label);
  row.append("rect")
      .attr("class", "bar")
      .attr("x", labels)
      .attr("y", compared ? 2 : 3)
      .attr("width", (layer) => x(value(layer)) - labels)
      .attr("height", compared ? 10 : 16);
  if (compared)
    row.append("rect")
        .attr("class", "bar compared")
        .attr("x", labels)
        .attr("y", 13)
        .attr("height", 5)
        .attr("width", (layer, i) => x(value(compared.layers[i])) - labels);
  row.append("text")
      .attr("class", "bar_label")
      .attr("y", 15)
      .attr(
          "x",
          (layer, i) => 6 + x(Math.max(value(layer), compared ? value(compared.layers[i]) : 0)))
      .text(
          (layer, i) =>
              bar_text(measure, value(layer), total, compared && value(compared.layers[i])));
}

// `other`: the same layer's in the run beside it.
function bar_text(measure, value, total, other) {
  const share = total ? ` (${d3.format(".1%")(value / total)})` : "";
  const text = `${measure.text(value)} ${measure.unit}${share}`;
  if (other === undefined) return text;
  const ratio = value > 0 ? `, ${significant(other / value)} times` : "";
  return `${text}, beside ${measure.text(other)}${ratio}`;
}

function layer_lines(layer) {
  return [
    layer_label(layer), layer.name, layer.kernel ? `kernel: ${layer.kernel}` : "no code",
    `${significant(layer.latency_ms)} ms, ${grouped(layer.cycles)} cycles, ${
        significant(layer.energy_uj)} \u00B5J`,
    `${grouped(layer.maccs)} MACCs${
        layer.maccs ? `, ${significant(layer.cycles / layer.maccs)} cycles a MACC` : ""}`,
    `${grouped(layer.constant_bytes)} B of weights${layer.weights_in_ram ? " in RAM" : ""}, ${
        grouped(layer.activation_bytes)} B in and out, ${grouped(layer.scratch_bytes)} B of scratch`
  ];
}

function layer_table(run) {
  return element(
      "details", {}, element("summary", {}, "As a table"),
      element(
          "div", {class: "wide"}, make_table({
            columns: [
              {key: "step", title: "step", format: grouped},
              {key: "layer", title: "layer", format: grouped},
              {key: "op", title: "operator"},
              {key: "name", title: "name"},
              {key: "output", title: "output", value: (layer) => shape_text(layer.output_shape)},
              {key: "kernel", title: "kernel"},
              {key: "maccs", title: "MACCs", format: grouped},
              {key: "cycles", title: "cycles", format: grouped},
              {
                key: "per_macc",
                title: "cycles/MACC",
                format: significant,
                value: (layer) => (layer.maccs ? layer.cycles / layer.maccs : null)
              },
              {key: "latency_ms", title: "latency", unit: "ms", format: significant},
              {key: "energy_uj", title: "energy", unit: "\u00B5J", format: significant},
              {key: "constant_bytes", title: "weights", unit: "B", format: grouped},
              {key: "table_bytes", title: "tables", unit: "B", format: grouped},
              {key: "scratch_bytes", title: "scratch", unit: "B", format: grouped},
              {key: "live_bytes", title: "live", unit: "B", format: grouped},
            ],
            rows: run.layers,
          })));
}
