// The table of runs.

const kFigures = [
  {key: "latency_ms", title: "latency", unit: "ms", format: significant},
  {key: "energy_uj", title: "energy", unit: "\u00B5J", format: significant},
  {key: "pareto", title: "front", help: "On the front of latency against energy of the runs shown"},
  {key: "maccs", title: "MACCs", format: grouped},
  {key: "macc_per_cycle", title: "MACCs/cycle", format: significant},
  {key: "flash_bytes", title: "flash", unit: "B", format: grouped},
  {key: "ram_bytes", title: "RAM", unit: "B", format: grouped},
  {key: "arena_bytes", title: "arena", unit: "B", format: grouped},
  {key: "file_bytes", title: "model", unit: "B", format: grouped},
  {key: "top_1", title: "top-1", format: percent},
  {key: "auc", title: "AUC", format: d3.format(".4f")},
  {key: "sqnr_db", title: "SQNR", unit: "dB", format: d3.format(".1f")},
];

// What is the same in all runs is said once above the table rather than in every row.
function draw_runs(state) {
  const {runs} = state.model;
  const varying = varying_columns(runs);
  const constant = kConfiguration.filter((column) => distinct(runs, column).length === 1);
  document.getElementById("constants").textContent = runs.length && constant.length ?
      `All of them: ${constant.map((column) => `${column} ${runs[0][column]}`).join(", ")}.` :
      "";
  const has_values = (column) => runs.some((run) => (run[column.key] ?? null) !== null);
  const columns = [
    ...varying.map((key) => ({key, title: key})),
    ...kFigures.filter(has_values),
    {
      key: "outputs",
      title: "outputs",
      value: (run) => outputs_text(run),
      help: "Of the simulated board against the host"
    },
    {key: "status", title: "status"},
  ];
  const table = make_table({
    columns,
    rows: state.shown,
    sort: state.sort,
    on_sort: state.draw,
    row_attributes: (run) => ({
      class: run === state.chosen ? "chosen" : null,
      "data-run": run.key,
      title: run.ok ? null : run.error_message,
      onclick: () => state.choose(run),
    }),
  });
  document.querySelector("#runs .content").replaceChildren(table);
}

function outputs_text(run) {
  if (run.outputs_match === null) return "";
  return run.outputs_match ? "identical" : `differ by ${run.largest_output_difference}`;
}
