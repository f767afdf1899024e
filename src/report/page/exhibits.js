// Tables and figures of papers, and of studies, with ours beside what is published.

const kCollections = {
  heim: "Heim 2021: the thesis, and the paper",
  profentzas: "Profentzas, Almgren, Landsiedel 2021",
  mlperf: "MLPerf Tiny",
};

function draw_exhibits(state) {
  const {exhibits} = state.model;
  document.getElementById("papers").hidden = exhibits.length === 0;
  const contents = [], content = [], places = [];
  for (const collection of distinct(exhibits, "collection")) {
    const members = exhibits.filter((exhibit) => exhibit.collection === collection);
    const title = kCollections[collection] || capitalised(collection);
    // Of several with one number the first.
    const linked = members.filter(
        (exhibit) => exhibit.number &&
            members.find((other) => other.number === exhibit.number) === exhibit);
    contents.push(element("p", {}, `${title}: `, ...linked.flatMap((exhibit) => [
      element("a", {href: `#${exhibit_id(exhibit)}`}, exhibit.number), " "
    ])));
    content.push(element("h3", {}, title));
    for (const exhibit of members) {
      const place = element("div", {class: "drawing"});
      places.push([exhibit, place]);
      content.push(exhibit_frame(exhibit, place));
    }
  }
  document.getElementById("papers_contents").replaceChildren(...contents);
  document.getElementById("papers_content").replaceChildren(...content);
  // Only now, because the width of a figure is that of its place in the page.
  for (const [exhibit, place] of places) fill_exhibit(state, exhibit, place);
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function exhibit_id(exhibit) {
  return `exhibit_${exhibit.collection}_${exhibit.exhibit}`.replace(/[^a-z0-9_]/gi, "_");
}

function exhibit_frame(exhibit, place) {
  const heading = [exhibit.number, exhibit.title].filter(Boolean).join(": ");
  return element(
      "figure", {class: "exhibit", id: exhibit_id(exhibit), "data-kind": exhibit.kind},
      element("figcaption", {}, element("b", {}, heading)), place,
      exhibit.note ? note(exhibit.note) : null);
}

function fill_exhibit(state, exhibit, place) {
  if (exhibit.kind === "table")
    place.append(element("div", {class: "wide"}, exhibit_table(state, exhibit)));
  else if (!exhibit.values.some((value) => has_mark(exhibit, value)))
    place.append(note(exhibit.values[0]?.reason || "Nothing of it was measured."));
  else if (exhibit.kind === "bars")
    draw_exhibit_bars(state, exhibit, place);
  else
    draw_exhibit_points(state, exhibit, place);
}

// Whether there is something to draw of a value; of points and curves both figures are needed.
function has_mark(exhibit, value) {
  const has_x = exhibit.kind !== "bars";
  return value.label &&
      ["ours", "published"].some(
          (whose) => value[whose] !== null && (!has_x || value[`${whose}_x`] !== null));
}

function ratio_of(value) {
  return value.ours !== null && value.published ? value.ours / value.published : null;
}

function run_of(state, value) {
  return value.run_key === null ? undefined :
                                  state.model.runs.find((run) => run.key === value.run_key);
}

function choose_run_of(state, value) {
  const run = run_of(state, value);
  if (!run) return;
  state.choose(run);
  document.getElementById("run").scrollIntoView();
}

// With the digits that the paper prints; those beyond are the binary number's.
function published_text(value) {
  return grouped(Number(value.toPrecision(12)));
}

function exhibit_table(state, exhibit) {
  return make_table({
    columns: [
      {key: "label", title: ""},
      {key: "published", title: "published", format: published_text},
      {key: "ours", title: "ours", format: significant},
      {key: "unit", title: "unit"},
      {key: "ratio", title: "ratio", format: d3.format(".2f"), value: ratio_of},
      {key: "reason", title: ""},
    ],
    rows: exhibit.values,
    row_attributes: (value) => run_of(state, value) ? {
      class: "clickable",
      onclick: () => choose_run_of(state, value),
    } : {},
  });
}

// Each series has a look of its own.
function exhibit_styles(exhibit) {
  const series = [...new Set(exhibit.values.map((value) => value.series))];
  return new Map(series.map((name, i) => [name, category_style(i)]));
}

function value_lines(value) {
  const ratio = ratio_of(value);
  return [
    [value.series, value.label].filter(Boolean).join(", "),
    value.ours === null ? `ours: ${value.reason}` : `ours ${significant(value.ours)} ${value.unit}`,
    ...(value.published === null ? [] : [`published ${published_text(value.published)} ${value.unit}`]),
    ...(ratio === null ? [] : [`ratio ${d3.format(".2f")(ratio)}`]),
  ];
}

// Where a logarithmic scale shows more.
function spans_decades(points, key) {
  const [least, most] = d3.extent(points, (point) => point[key]);
  return most > 100 * least;
}

// Ours are filled, published ones hollow.
function draw_exhibit_points(state, exhibit, place) {
  const styles = exhibit_styles(exhibit);
  const mark = (value, x, y, hollow) => x === null || y === null ? [] : [{
    x,
    y,
    hollow,
    style: styles.get(value.series),
    key: value.run_key,
    lines: value_lines(value),
    on_click: () => choose_run_of(state, value),
  }];
  const points = exhibit.values.filter((value) => value.label).flatMap((value) => [
    ...mark(value, value.ours_x, value.ours, false),
    ...mark(value, value.published_x, value.published, true),
  ]);
  const spec = {
    points,
    label: exhibit.title,
    x: {label: exhibit.x_title, log: spans_decades(points, "x")},
    y: {label: exhibit.y_title, log: spans_decades(points, "y")},
    small: points.length > 60,
    draw_below: (svg, x, y) => draw_exhibit_lines(svg, x, y, exhibit, styles),
  };
  const chart = element("div", {class: "chart"}), frame = element("div");
  place.append(chart);
  chart.append(frame, exhibit_legend(exhibit, styles));
  scatter(frame, spec, chart_width(place, 760), 380);
}

// Of curves each series is a line; of points only what has no marks, as steps: between two runs of a
// front nothing is known that is better than the worse of them.
function draw_exhibit_lines(svg, x, y, exhibit, styles) {
  for (const [series, style] of styles) {
    const values = exhibit.values.filter((value) => value.series === series);
    const has_marks = values.some((value) => value.label);
    if (has_marks && exhibit.kind !== "curves") continue;
    for (const whose of ["ours", "published"]) {
      const corners =
          values.filter((value) => value[`${whose}_x`] !== null && value[whose] !== null);
      if (corners.length < 2) continue;
      const line = d3.line()
                       .x((value) => x(value[`${whose}_x`]))
                       .y((value) => y(value[whose]))
                       .curve(has_marks ? d3.curveLinear : d3.curveStepAfter);
      svg.append("path")
          .attr("class", has_marks ? `curve ${whose} ${style.css}` : front_class(whose))
          .attr("d", line(corners));
    }
  }
}

function front_class(whose) {
  return whose === "published" ? "guide dashed" : "guide";
}

function exhibit_legend(exhibit, styles) {
  const with_marks = (series) =>
      exhibit.values.some((value) => value.series === series && value.label);
  const entries = [...styles]
                      .filter(([series]) => series && with_marks(series))
                      .map(([series, style]) => ({style, text: series}));
  if (exhibit.values.some((value) => value.published !== null))
    entries.push({
      style: {css: "k6", symbol: d3.symbolCircle},
      hollow: true,
      text: "hollow: published",
    });
  const list = legend(entries);
  for (const [series] of styles)
    if (!with_marks(series)) {
      const {ours} = exhibit.values.find((value) => value.series === series);
      list.append(legend_sample(front_class(ours === null ? "published" : "ours"), "line", series));
    }
  return element("div", {class: "beside"}, list);
}
