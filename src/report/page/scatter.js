// Points by two figures.

// Where many points meet, the box says how many more there are.
const kMostInTooltip = 4;

// spec: points [{x, y, style, hollow, chosen, lines (of the tooltip), y_low, y_high, on_click}],
// x and y {label, log, format (value -> text of a tick)}, label (of the picture),
// draw_below (svg, x, y, width, height): what lies under the points,
// also {x: [...], y: [...]}: values that must be in sight, small: whether marks are.
function scatter(container, spec, width, height = 460) {
  const {points} = spec;
  const x_values = [...points.map((p) => p.x), ...(spec.also?.x || [])];
  const y_values =
      [...points.flatMap((p) => [p.y, p.y_low ?? p.y, p.y_high ?? p.y]), ...(spec.also?.y || [])];
  const x = fitting_scale(x_values, [kMargin.left, width - kMargin.right], spec.x.log);
  const y = fitting_scale(y_values, [height - kMargin.bottom, kMargin.top], spec.y.log);
  const svg = make_svg(container, width, height, spec.label);
  draw_axes(svg, x, y, {
    width,
    height,
    x_label: spec.x.label,
    y_label: spec.y.label,
    x_format: spec.x.format,
    y_format: spec.y.format
  });
  if (spec.draw_below) spec.draw_below(svg, x, y, width, height);
  svg.append("g")
      .selectAll("line")
      .data(points.filter((p) => p.y_low !== undefined))
      .enter()
      .append("line")
      .attr("class", (p) => `whisker ${p.style.css}`)
      .attr("x1", (p) => x(p.x))
      .attr("x2", (p) => x(p.x))
      .attr("y1", (p) => y(p.y_low))
      .attr("y2", (p) => y(p.y_high));
  const near = (a) => points.filter((b) => Math.hypot(x(a.x) - x(b.x), y(a.y) - y(b.y)) < 3);
  // What is hollow is less important and must not cover what is filled.
  const in_order = [...points].sort(
      (a, b) => Boolean(b.hollow) - Boolean(a.hollow) || Boolean(a.chosen) - Boolean(b.chosen));
  svg.append("g")
      .attr("class", "plot_points")
      .selectAll("path")
      .data(in_order)
      .enter()
      .append("path")
      .attr(
          "class",
          (p) => `point ${p.style.css}${p.hollow ? " hollow" : ""}${p.chosen ? " chosen" : ""}`)
      .attr("d", (p) => symbol_path(p.style, p.chosen ? 150 : spec.small ? 32 : 70))
      .attr("transform", (p) => `translate(${x(p.x)},${y(p.y)})`)
      .attr("data-run", (p) => p.key)
      .on("mousemove", (p) => show_tooltip(d3.event, tooltip_lines(near(p))))
      .on("mouseleave", hide_tooltip)
      .on("click", (p) => p.on_click?.());
}

function tooltip_lines(points) {
  if (points.length === 1) return points[0].lines;
  const lines = points.slice(0, kMostInTooltip).map((p) => p.lines.join(" \u00B7 "));
  const more = points.length - lines.length;
  return [`${points.length} points`, ...lines, ...(more > 0 ? [`and ${more} more`] : [])];
}

// Runs as points: named, coloured by the chosen category, a click chooses them.
function run_points(state, runs, x, y) {
  return runs.map((run) => ({
                    x: run[x.key],
                    y: run[y.key],
                    key: run.key,
                    chosen: run === state.chosen,
                    style: state.style_of(run),
                    lines: [
                      name_of(run, state.varying), `${x.title} ${x.text(run[x.key])}`,
                      `${y.title} ${y.text(run[y.key])}`
                    ],
                    on_click: () => state.choose(run),
                  }));
}

// A legend of the categories that are in sight.
function category_entries(state, runs) {
  return distinct(runs, state.category)
      .map((value) => ({style: state.style_by_value.get(value), text: value}));
}

// Replaces what a section shows by a chart and what stands beside it; without points by a reason.
function draw_chart(section, spec, beside, empty_reason) {
  const content = document.querySelector(`${section} .content`);
  content.replaceChildren();
  if (!spec.points.length) {
    content.append(note(empty_reason));
    return;
  }
  const chart = element("div", {class: "chart"}), frame = element("div");
  content.append(chart);
  chart.append(frame);
  scatter(frame, spec, chart_width(content, 760));
  if (beside) chart.append(beside);
}
