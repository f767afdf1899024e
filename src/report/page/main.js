// What the reader has chosen, and drawing it again when that or the data change.

const kCategories =
    ["board", "network", "quantization", "kernels", "optimization", "prefer", "fpu", "engine"];
const kPollMs = 2000;

const state = {
  model: null,  // decode() of the data
  shown: [],    // the runs that the filters let through
  varying: [],  // the columns of the configuration in which the runs differ
  ticked: {},   // column -> Set of values, of the filters
  sort: {key: "latency_ms", descending: false},
  chosen: null,  // a run
  category: "board",
  style_by_value: new Map(),
  style_of: (run) => state.style_by_value.get(run[state.category]),
  choose: (run) => {
    state.chosen = run;
    draw_tables();
    draw_charts();
  },
  draw: () => draw_tables(),
};

function set_model(model) {
  const key = state.chosen?.key;
  state.model = model;
  state.varying = varying_columns(model.runs);
  state.chosen = model.runs.find((run) => run.key === key) || null;
  document.getElementById("title").textContent = model.store;
  document.title = `${model.store} \u2013 Thimble report`;
  offer_categories(model.runs);
  draw_summary(state);
  apply_filters();
  draw_exhibits(state);
}

// Categories keep their look whatever is filtered.
function offer_categories(runs) {
  const offered = kCategories.filter((column) => varies(runs, column));
  if (!offered.length) offered.push("board");
  if (!offered.includes(state.category)) state.category = offered[0];
  fill_select(
      document.getElementById("category"), offered.map((column) => [column, column]),
      state.category);
  state.style_by_value =
      new Map(distinct(runs, state.category).map((value, i) => [value, category_style(i)]));
}

function apply_filters() {
  const {runs} = state.model;
  const {shown, problem} = filter_runs(runs, state.ticked, document.getElementById("search").value);
  state.shown = shown;
  mark_fronts(shown);
  state.chosen ??= shown.find((run) => run.layers.length) || shown[0] || null;
  document.getElementById("search_problem").textContent = problem;
  document.getElementById("count").textContent =
      `${grouped(shown.length)} of ${grouped(runs.length)} runs`;
  draw_facets(runs, state.ticked, apply_filters);
  draw_tables();
  draw_charts();
}

function draw_tables() {
  draw_runs(state);
  draw_run_summary();
}

function draw_charts() {
  hide_tooltip();
  draw_pareto(state);
  draw_maccs(state);
  draw_size(state);
  draw_layers(state);
  draw_memory(state);
  draw_roofline(state);
}

function draw_run_summary() {
  const run = state.chosen;
  const offered = run && !state.shown.includes(run) ? [run, ...state.shown] : state.shown;
  fill_select(
      document.getElementById("chosen"),
      offered.map((other) => [other.key, name_of(other, state.varying)]), run?.key ?? "");
  const content = document.getElementById("run_summary");
  if (!run) {
    content.replaceChildren(note("No run is chosen."));
    return;
  }
  const figures =
      kFigures.filter((figure) => figure.format && run[figure.key] !== null)
          .map(
              (figure) => `${figure.title} ${number_text(run[figure.key], figure.format)}${
                  figure.unit ? ` ${figure.unit}` : ""}`);
  content.replaceChildren(
      element(
          "p", {id: "run_figures"},
          `${name_of(run, kConfiguration)}: ${figures.join(", ") || run.status}`),
      run.ok ? "" : element("p", {class: "problem"}, run.error_message || run.status),
      element("pre", {}, run.command));
}

function is_dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function draw_theme_button() {
  document.getElementById("theme").textContent = is_dark() ? "Light" : "Dark";
}

// A browser may refuse to remember things, above all for files.
function remembered_theme(theme) {
  try {
    if (theme) localStorage.setItem("thimble-theme", theme);
    return localStorage.getItem("thimble-theme");
  } catch {
    return theme;
  }
}

function set_theme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  draw_theme_button();
}

// Asks whether the store has changed, one question at a time.
async function poll() {
  const live = document.getElementById("live");
  try {
    const answer = await fetch(`data.json?have=${state.model.version}`);
    if (answer.status === 200) set_model(decode(await answer.json()));
    live.textContent = answer.ok ? "live" : `the server says: ${await answer.text()}`;
    live.classList.toggle("problem", !answer.ok);
  } catch {
    state.model.version = null;  // the next server counts from the beginning
    live.textContent = "not connected: 'thimble serve' has ended";
    live.classList.add("problem");
  }
  setTimeout(poll, kPollMs);
}

function listen() {
  const on = (id, event, action) => document.getElementById(id).addEventListener(event, action);
  on("search", "input", apply_filters);
  on("reset", "click", () => {
    document.getElementById("search").value = "";
    for (const chosen of Object.values(state.ticked)) chosen.clear();
    apply_filters();
  });
  on("pareto_scope", "change", () => draw_pareto(state));
  on("category", "change", (event) => {
    state.category = event.target.value;
    offer_categories(state.model.runs);
    draw_charts();
  });
  on("size_x", "change", () => draw_size(state));
  on("size_y", "change", () => draw_size(state));
  on("chosen", "change",
     (event) => state.choose(state.model.runs.find((run) => run.key === event.target.value)));
  on("layer_measure", "change", () => draw_layers(state));
  on("compared", "change", () => draw_layers(state));
  on("theme", "click", () => set_theme(remembered_theme(is_dark() ? "light" : "dark")));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw_theme_button);
  addEventListener("resize", () => {
    draw_charts();
    draw_exhibits(state);
  });
  // An open list of boxes closes with a click elsewhere.
  addEventListener("click", (event) => {
    for (const facet of document.querySelectorAll(".facet[open]"))
      if (!facet.contains(event.target)) facet.open = false;
  });
}

function start() {
  set_theme(remembered_theme());
  listen();
  set_model(decode(JSON.parse(document.getElementById("data").textContent)));
  if (document.documentElement.dataset.mode === "served") {
    document.getElementById("live").hidden = false;
    poll();
  }
}
