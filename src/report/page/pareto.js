// Energy against latency: which runs no other one beats, and which boards are never among them.

const kLatency = {
  key: "latency_ms",
  title: "latency",
  text: (v) => `${significant(v)} ms`
};
const kEnergy = {
  key: "energy_uj",
  title: "energy",
  text: (v) => `${significant(v)} \u00B5J`
};

function runs_with(runs, ...keys) {
  return runs.filter((run) => run.ok && keys.every((key) => run[key] !== null && run[key] > 0));
}

// [{name, front: runs}], one for each network, or a single one.
function fronts_of(runs, scope) {
  const names = scope === "all" ? ["all runs"] : distinct(runs, "network");
  return names.map((name) => ({
                     name,
                     front: pareto_front(
                         scope === "all" ? runs : runs.filter((run) => run.network === name),
                         "latency_ms", "energy_uj"),
                   }));
}

// For the table of runs: "all", "network" or nothing.
function mark_fronts(runs) {
  for (const run of runs) run.pareto = null;
  const measured = runs_with(runs, "latency_ms", "energy_uj");
  for (const scope of ["network", "all"])
    for (const {front} of fronts_of(measured, scope))
      for (const run of front) run.pareto = scope;
}

function draw_pareto(state) {
  const scope = document.getElementById("pareto_scope").value;
  const runs = runs_with(state.shown, "latency_ms", "energy_uj");
  const fronts = fronts_of(runs, scope);
  const on_front = new Set(fronts.flatMap(({front}) => front));
  const points = run_points(state, runs, kLatency, kEnergy)
                     .map((point, i) => ({...point, hollow: !on_front.has(runs[i])}));
  for (const point of points)
    point.lines = [...point.lines, point.hollow ? "dominated" : "on the front"];
  const spec = {
    points,
    label: "Energy against latency with the Pareto front",
    x: {label: "latency of one inference (ms)", log: true},
    y: {label: "energy of one inference (\u00B5J)", log: true},
    draw_below: (svg, x, y) => draw_fronts(svg, x, y, fronts),
  };
  const dominated = {
    style: {css: "k6", symbol: d3.symbolCircle},
    hollow: true,
    text: "hollow: dominated"
  };
  const list = legend([...category_entries(state, runs), dominated]);
  list.append(legend_sample(
      "guide", "line", "front: no other run is better in one figure and no worse in the other"));
  const beside = element("div", {class: "beside"}, list, board_counts(runs, on_front));
  draw_chart("#pareto", spec, beside, "None of the runs shown has a latency and an energy.");
}

// Steps: between two runs of a front nothing is known that is better than the worse of them.
function draw_fronts(svg, x, y, fronts) {
  const steps =
      d3.line().x((run) => x(run.latency_ms)).y((run) => y(run.energy_uj)).curve(d3.curveStepAfter);
  const group = svg.append("g"), placed = [];
  for (const {name, front} of fronts) {
    if (front.length > 1) group.append("path").attr("class", "guide").attr("d", steps(front));
    // Beside the front's quickest run, on the side where there is room, above other names.
    const text = shortened(name, 28), letter_width = 6.5;
    const left = x(front[0].latency_ms);
    const at_edge = left - text.length * letter_width < kMargin.left;
    let top = y(front[0].energy_uj) - 9;
    while (
        placed.some((other) => Math.abs(other.left - left) < 90 && Math.abs(other.top - top) < 12))
      top -= 12;
    placed.push({left, top});
    group.append("text")
        .attr("class", "guide_label")
        .attr("x", left + (at_edge ? -6 : -8))
        .attr("y", top)
        .attr("text-anchor", at_edge ? "start" : "end")
        .text(text);
  }
}

// How often a board is on a front; one that never is needs a reason other than these two figures.
function board_counts(runs, on_front) {
  const rows = distinct(runs, "board").map((board) => {
    const own = runs.filter((run) => run.board === board);
    return {board, front: own.filter((run) => on_front.has(run)).length, runs: own.length};
  });
  const never = rows.filter((row) => row.front === 0).map((row) => row.board);
  return element(
      "div", {id: "front_boards"}, make_table({
        columns: [
          {key: "board", title: "board"}, {key: "front", title: "on the front", format: grouped},
          {key: "runs", title: "of runs", format: grouped}
        ],
        rows
      }),
      note(
          never.length ? `Dominated in every run: ${never.join(", ")}.` :
                         "No board is dominated in every run."));
}
