// Accuracy against size.

const kAccuracies = [
  {key: "top_1", title: "top-1 accuracy", format: d3.format(".1%"), text: percent},
  {key: "auc", title: "AUC", format: d3.format(".3f"), text: d3.format(".4f")},
  {key: "sqnr_db", title: "SQNR (dB)", format: tick_text, text: d3.format(".1f")},
];
const kSizes = [
  {key: "flash_bytes", title: "flash"},
  {key: "file_bytes", title: "model file"},
  {key: "weights_bytes", title: "weights"},
  {key: "ram_bytes", title: "RAM"},
].map((size) => ({...size, text: (v) => `${grouped(v)} B`}));

// Offers the figures that some run has; keeps the one that was chosen.
function offered(select_id, figures, runs) {
  const known = figures.filter(({key}) => runs.some((run) => run[key] !== null));
  const select = document.getElementById(select_id);
  const chosen = known.find(({key}) => key === select.value) || known[0];
  fill_select(select, known.map(({key, title}) => [key, title]), chosen?.key);
  return chosen;
}

function draw_size(state) {
  const y = offered("size_y", kAccuracies, state.model.runs);
  const x = offered("size_x", kSizes, state.model.runs);
  const runs =
      x && y ? state.shown.filter((run) => run[x.key] !== null && run[y.key] !== null) : [];
  const points = x && y ? run_points(state, runs, x, y) : [];
  points.forEach((point, i) => add_interval(point, runs[i], y));
  const spec = {
    points,
    label: "Accuracy against size",
    x: {label: `${x?.title} (bytes)`, log: true},
    y: {label: y?.title, format: y?.format, log: false},
  };
  const with_interval = points.some((point) => point.y_low !== undefined);
  const beside = element(
      "div", {class: "beside"}, legend(category_entries(state, runs)),
      with_interval ? note("Vertical lines are 95 % intervals: more samples make them shorter.") :
                      null);
  draw_chart(
      "#size", spec, beside,
      "None of the runs shown was evaluated: a data set in the sweep's specification " +
          "(data = ...) does that.");
}

function add_interval(point, run, accuracy) {
  const low = run[`${accuracy.key}_low`] ?? null, high = run[`${accuracy.key}_high`] ?? null;
  if (low === null || high === null) return;
  point.y_low = low;
  point.y_high = high;
  point.lines.push(`95 %: ${accuracy.text(low)} to ${accuracy.text(high)}`);
}
