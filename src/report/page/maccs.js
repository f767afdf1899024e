// Latency against MACCs: how far the number of operations tells the latency.

const kMaccs = {
  key: "maccs",
  title: "MACCs",
  text: grouped
};

function draw_maccs(state) {
  const runs = runs_with(state.shown, "maccs", "latency_ms");
  const per_macc = d3.median(runs, (run) => run.latency_ms / run.maccs);
  const spec = {
    points: run_points(state, runs, kMaccs, kLatency),
    label: "Latency against MACCs",
    x: {label: "MACCs of one inference", log: true},
    y: {label: "latency of one inference (ms)", log: true},
    draw_below: (svg, x, y, width) => draw_proportion(svg, x, y, width, per_macc),
  };
  const list = legend(category_entries(state, runs));
  if (runs.length)
    list.append(legend_sample(
        "guide dashed", "line", `${significant(per_macc * 1e6)} ns a MACC, the median`));
  const beside = element("div", {class: "beside"}, list, correlations(state, runs));
  draw_chart("#maccs", spec, beside, "None of the runs shown has MACCs and a latency.");
}

// What the latencies would be if every MACC took as long as in the middle one of the runs.
function draw_proportion(svg, x, y, width, per_macc) {
  const samples = d3.range(kMargin.left, width - kMargin.right + 1, 4)
                      .map((px) => [px, y(x.invert(px) * per_macc)])
                      .filter(([, py]) => py >= y.range()[1] && py <= y.range()[0]);
  if (samples.length < 2) return;
  svg.append("path").attr("class", "guide dashed").attr("d", d3.line()(samples));
}

function correlations(state, runs) {
  const measured = runs_with(state.shown, "latency_ms", "energy_uj");
  const row = (name, of_runs, of_measured) => ({
    name,
    runs: of_runs.length,
    maccs: correlation(of_runs.map((run) => [run.maccs, run.latency_ms])),
    energy: correlation(of_measured.map((run) => [run.latency_ms, run.energy_uj])),
    per_macc: d3.median(of_runs, (run) => run.latency_ms / run.maccs * 1e6),
  });
  const rows = [
    row("all", runs, measured),
    ...distinct(runs, "board")
        .map(
            (board) =>
                row(board, runs.filter((run) => run.board === board),
                    measured.filter((run) => run.board === board)))
  ];
  return element(
      "div", {id: "correlations"}, make_table({
        columns: [
          {key: "name", title: "board"},
          {key: "runs", title: "runs", format: grouped},
          {key: "maccs", title: "r of MACCs, latency", format: d3.format(".4f")},
          {key: "energy", title: "r of latency, energy", format: d3.format(".4f")},
          {key: "per_macc", title: "ns a MACC", format: significant, help: "median of the runs"},
        ],
        rows,
      }),
      note(
          "r is Pearson's, of the figures themselves and not of their logarithms. On one board " +
          "the energy is the latency times the board's power, so that r says nothing new there."));
}
