// Tables and figures of papers, and of studies, with ours beside what is published.

const kCollections = {
  heim: "Heim 2021: the thesis, and the paper",
  profentzas: "Profentzas, Almgren, Landsiedel 2021",
  mlperf: "MLPerf Tiny",
};

// Made once for the data; a resize draws the figures again.
function draw_exhibits(state) {
  const {exhibits} = state.model;
  document.getElementById("papers").hidden = exhibits.length === 0;
  const contents = [], content = [];
  for (const collection of distinct(exhibits, "collection")) {
    const members = exhibits.filter((exhibit) => exhibit.collection === collection);
    const title = kCollections[collection] || collection;
    // Of several with one number the first.
    const linked = members.filter(
        (exhibit) => exhibit.number &&
            members.find((other) => other.number === exhibit.number) === exhibit);
    contents.push(element("p", {}, `${title}: `, ...linked.flatMap((exhibit) => [
      element("a", {href: `#${exhibit_id(exhibit)}`}, exhibit.number), " "
    ])));
    content.push(element("h3", {}, title), ...members.map((exhibit) => exhibit_frame(exhibit)));
  }
  document.getElementById("papers_contents").replaceChildren(...contents);
  document.getElementById("papers_content").replaceChildren(...content);
  // In the page first, because the width of a figure is that of its place.
  for (const exhibit of exhibits) fill_exhibit(state, exhibit);
}

function exhibit_id(exhibit) {
  return `exhibit_${exhibit.collection}_${exhibit.exhibit}`.replace(/[^a-z0-9_]/gi, "_");
}

function exhibit_frame(exhibit) {
  const heading = [exhibit.number, exhibit.title].filter(Boolean).join(": ");
  return element(
      "figure", {class: "exhibit", id: exhibit_id(exhibit), "data-kind": exhibit.kind},
      element("figcaption", {}, element("b", {}, heading)), element("div", {class: "drawing"}),
      exhibit.note ? note(exhibit.note) : null);
}

function fill_exhibit(state, exhibit) {
  const place = document.querySelector(`#${exhibit_id(exhibit)} .drawing`);
  if (exhibit.kind === "table")
    place.append(element("div", {class: "wide"}, exhibit_table(state, exhibit)));
  else if (exhibit.values.every((value) => value.ours === null && value.published === null))
    place.append(note(missing_reason(exhibit)));
  else if (exhibit.kind === "bars")
    draw_exhibit_bars(state, exhibit, place);
  else
    draw_exhibit_points(state, exhibit, place);
}

function missing_reason(exhibit) {
  return exhibit.values[0]?.reason || "Nothing of it was measured.";
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
  const points = exhibit.values.flatMap((value) => [
    ...mark(value, value.ours_x, value.ours, false),
    ...mark(value, value.published_x, value.published, true),
  ]);
  const spec = {
    points,
    label: exhibit.title,
    x: {label: exhibit.x_title, log: spans_decades(points, "x")},
    y: {label: exhibit.y_title, log: spans_decades(points, "y")},
    small: points.length > 60,
    draw_below: exhibit.kind === "curves" ?
        (svg, x, y) => draw_exhibit_curves(svg, x, y, exhibit, styles) :
        undefined,
  };
  const chart = element("div", {class: "chart"}), frame = element("div");
  place.append(chart);
  chart.append(frame, exhibit_legend(exhibit, styles));
  scatter(frame, spec, chart_width(place, 760), 380);
}

function draw_exhibit_curves(svg, x, y, exhibit, styles) {
  const line = d3.line().x((value) => x(value.ours_x)).y((value) => y(value.ours));
  for (const [series, style] of styles) {
    const values = exhibit.values.filter(
        (value) => value.series === series && value.ours_x !== null && value.ours !== null);
    if (values.length > 1)
      svg.append("path").attr("class", `curve ${style.css}`).attr("d", line(values));
  }
}

function exhibit_legend(exhibit, styles) {
  const entries = [...styles].filter(([series]) => series).map(([series, style]) => ({
                                                                 style,
                                                                 text: series,
                                                               }));
  if (exhibit.values.some((value) => value.published !== null))
    entries.push({
      style: {css: "k6", symbol: d3.symbolCircle},
      hollow: true,
      text: "hollow: published",
    });
  return element("div", {class: "beside"}, legend(entries));
}
