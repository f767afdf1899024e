// The block of data as objects, and figures that follow from them.

// {rows: 2, numbers: {cycles: [7, 8]}, texts: {op: [0, 1]}} to [{cycles: 7, op: "A"}, ...].
function rows_of(table, strings) {
  const rows = Array.from({length: table.rows}, () => ({}));
  for (const [name, values] of Object.entries(table.numbers))
    values.forEach((value, i) => {
      rows[i][name] = value;
    });
  for (const [name, values] of Object.entries(table.texts))
    values.forEach((value, i) => {
      rows[i][name] = value === null ? null : strings[value];
    });
  return rows;
}

function decode(data) {
  const by = (rows, key) => new Map(rows.map((row) => [row[key], row]));
  const table = (name) => rows_of(data[name], data.strings);
  const model = {
    store: data.store,
    version: data.version,
    runs: table("runs"),
    models: by(table("models"), "sha256"),
    boards: by(table("boards"), "sha256"),
    environments: by(table("environments"), "id"),
  };
  model.exhibits = table("exhibits").map(
      (exhibit, i) => ({...exhibit, values: rows_of(data.exhibit_values[i], data.strings)}));
  model.runs.forEach((run, i) => {
    run.layers = rows_of(data.layers[i], data.strings);
    run.buffers = rows_of(data.buffers[i], data.strings);
    run.status = run.ok ? "ok" : run.error_code || "failed";
    run.fpu = run.fpu ? "FPU" : "no FPU";
    run.board_row = model.boards.get(run.board_sha256);
    run.file_bytes = model.models.get(run.model_sha256)?.file_bytes ?? null;
    run.macc_per_cycle = run.maccs_executed && run.cycles ? run.maccs_executed / run.cycles : null;
  });
  return model;
}

// What a point of a sweep is made of, in the order in which people name it.
const kConfiguration =
    ["network", "quantization", "kernels", "prefer", "optimization", "fpu", "board", "engine"];

function distinct(rows, column) {
  return [...new Set(rows.map((row) => row[column]))].sort();
}

// Whether runs differ in a column by choice: "-" says that there was none, and a part without a
// floating-point unit leaves none.
function varies(runs, column) {
  if (column !== "fpu") return distinct(runs, column).filter((value) => value !== "-").length > 1;
  return distinct(runs, "board")
      .some((board) => distinct(runs.filter((run) => run.board === board), "fpu").length > 1);
}

// The columns of the configuration in which the runs differ, so that names stay short.
function varying_columns(runs) {
  const varying = kConfiguration.filter((column) => varies(runs, column));
  return varying.length ? varying : ["network", "board"];
}

function name_of(run, columns) {
  return columns.map((column) => run[column]).filter((word) => word !== "-").join(", ");
}

// Runs no other of which is better in one figure without being worse in the other; less is better.
function pareto_front(runs, x, y) {
  const sorted = [...runs].sort((a, b) => a[x] - b[x] || a[y] - b[y]);
  const front = [];
  for (const run of sorted) {
    const last = front[front.length - 1];
    if (!last || run[y] < last[y] || (run[x] === last[x] && run[y] === last[y])) front.push(run);
  }
  return front;
}

// Pearson's r; null where it means nothing: fewer than three points, or no spread.
function correlation(pairs) {
  if (pairs.length < 3) return null;
  const mean_x = d3.mean(pairs, (p) => p[0]), mean_y = d3.mean(pairs, (p) => p[1]);
  let xx = 0, yy = 0, xy = 0;
  for (const [x, y] of pairs) {
    xx += (x - mean_x) ** 2;
    yy += (y - mean_y) ** 2;
    xy += (x - mean_x) * (y - mean_y);
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}
