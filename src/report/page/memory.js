// The arena while the chosen run's network is executed: which bytes hold what, step by step.

function draw_memory(state) {
  const content = document.querySelector("#memory .content");
  content.replaceChildren();
  const run = state.chosen;
  if (!run?.buffers.length) {
    content.append(note("There is no plan of the arena for this run."));
    return;
  }
  const width = chart_width(content, 1100), height = 380;
  // Outputs and state are needed until one step past the last.
  const steps = Math.max(run.layers.length, d3.max(run.buffers, (b) => b.last_step)) + 1;
  const most = d3.max(run.buffers, (b) => b.offset_bytes + b.size_bytes);
  const x = d3.scaleLinear().domain([0, steps]).range([kMargin.left, width - kMargin.right]);
  const y = d3.scaleLinear().domain([0, most]).range([height - kMargin.bottom, kMargin.top]);
  const svg = make_svg(content, width, height, "The arena over time");
  draw_axes(svg, x, y, {
    width,
    height,
    x_label: "step (order of execution)",
    y_label: "address in the arena (bytes)",
    x_format: d3.format("d")
  });
  const hatch = svg.append("defs")
                    .append("pattern")
                    .attr("id", "hatch")
                    .attr("width", 6)
                    .attr("height", 6)
                    .attr("patternUnits", "userSpaceOnUse")
                    .attr("patternTransform", "rotate(45)");
  hatch.append("line").attr("class", "hatch_line").attr("y2", 6);
  const buffer = svg.append("g").selectAll("g").data(run.buffers).enter().append("g");
  buffer.append("rect")
      .attr("class", (b) => (b.tensors ? "buffer" : "buffer scratch"))
      .attr("x", (b) => x(b.first_step))
      .attr("y", (b) => y(b.offset_bytes + b.size_bytes))
      .attr("width", (b) => x(b.last_step + 1) - x(b.first_step))
      .attr("height", (b) => y(b.offset_bytes) - y(b.offset_bytes + b.size_bytes))
      .on("mousemove", (b) => show_tooltip(d3.event, buffer_lines(run, b)))
      .on("mouseleave", hide_tooltip);
  const live = run.layers.flatMap(
      (layer) => [[layer.step, layer.live_bytes], [layer.step + 1, layer.live_bytes]]);
  svg.append("path")
      .attr("class", "live")
      .attr("d", d3.line()(live.map(([step, bytes]) => [x(step), y(bytes)])));
  content.append(
      element(
          "ul", {class: "legend"},
          legend_sample("buffer", "rectangle", "tensors; the pointer shows their names"),
          legend_sample("buffer scratch", "rectangle", "hatched: scratch of a kernel"),
          legend_sample("live", "line", "dotted: bytes live in this step, wherever they lie")),
      note(`Arena ${grouped(run.arena_bytes ?? most)} B, at most ${
          grouped(d3.max(run.layers, (l) => l.live_bytes) ?? most)} B live at once.`));
}

function buffer_lines(run, buffer) {
  const layer = (step) => (run.layers[step] ? `${step} (${run.layers[step].op})` : "the end");
  return [
    buffer.tensors || "scratch",
    `${grouped(buffer.size_bytes)} B at ${grouped(buffer.offset_bytes)}`,
    `from step ${layer(buffer.first_step)} to ${layer(buffer.last_step)}`
  ];
}
