// Which runs are shown: by boxes that are ticked, one list for each column in which the runs
// differ, and by the words of the search.

const kFacets = [...kConfiguration, "status"];
const kComparison = /^([a-z_0-9]+)(<=|>=|<|>|=)(.+)$/;
const kFactors = {"": 1, k: 1e3, K: 1024, M: 1e6, G: 1e9};

function parse_number(text) {
  const match = /^([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)([kKMG]?)$/.exec(text);
  return match ? Number(match[1]) * kFactors[match[2]] : NaN;
}

// One word of the search as a test of a run, or an {error}.
function parse_word(word, columns) {
  const match = kComparison.exec(word);
  if (!match) {
    const wanted = word.toLowerCase();
    return {test: (run) => kFacets.some((name) => run[name].toLowerCase().includes(wanted))};
  }
  const [, column, operator, text] = match;
  if (!columns.has(column)) return {error: `no column '${column}'`};
  if (operator === "=" && columns.get(column) === "text")
    return {
      test: (run) => run[column] !== null && run[column].toLowerCase() === text.toLowerCase()
    };
  const limit = parse_number(text);
  if (Number.isNaN(limit)) return {error: `'${text}' is no number`};
  if (columns.get(column) === "text") return {error: `'${column}' is a text: use =`};
  const holds = {
    "<": (v) => v < limit,
    "<=": (v) => v <= limit,
    ">": (v) => v > limit,
    ">=": (v) => v >= limit,
    "=": (v) => v === limit,
  }[operator];
  return {test: (run) => run[column] !== null && holds(run[column])};
}

// name -> "text" or "number", of what the search may compare.
function searchable_columns(runs) {
  const columns = new Map();
  for (const run of runs)
    for (const [name, value] of Object.entries(run))
      if (typeof value === "string")
        columns.set(name, "text");
      else if (typeof value === "number")
        columns.set(name, "number");
      else if (value === null && !columns.has(name))
        columns.set(name, "number");
  return columns;
}

// {shown: runs, problem: text}. `ticked`: column -> Set of values; empty or absent: all.
function filter_runs(runs, ticked, search) {
  const columns = searchable_columns(runs);
  const parsed = search.split(/\s+/).filter(Boolean).map((word) => parse_word(word, columns));
  const tests = parsed.filter((word) => word.test).map((word) => word.test);
  const shown = runs.filter(
      (run) =>
          kFacets.every((column) => !ticked[column]?.size || ticked[column].has(run[column])) &&
          tests.every((test) => test(run)));
  return {shown, problem: parsed.filter((word) => word.error).map((word) => word.error).join(", ")};
}

// The lists of boxes; made again only when there are other values, so that what is open or has the
// focus stays so while data arrive.
function draw_facets(runs, ticked, on_change) {
  const facets = kFacets.map((column) => [column, distinct(runs, column)])
                     .filter(([, values]) => values.length > 1);
  const place = document.getElementById("facets"), content = JSON.stringify(facets);
  if (place.dataset.content !== content) {
    place.dataset.content = content;
    place.replaceChildren(
        ...facets.map(([column, values]) => make_facet(column, values, ticked, on_change)));
  }
  for (const facet of place.children) {
    const {column} = facet.dataset, chosen = ticked[column] || new Set();
    facet.classList.toggle("active", chosen.size > 0);
    facet.querySelector("summary").textContent =
        chosen.size ? `${column} (${chosen.size})` : column;
    for (const box of facet.querySelectorAll("input")) box.checked = chosen.has(box.value);
  }
}

function make_facet(column, values, ticked, on_change) {
  const tick = ({target}) => {
    const chosen = (ticked[column] ??= new Set());
    if (target.checked)
      chosen.add(target.value);
    else
      chosen.delete(target.value);
    on_change();
  };
  return element(
      "details", {class: "facet", "data-column": column}, element("summary"),
      element(
          "div", {},
          ...values.map(
              (value) => element(
                  "label", {}, element("input", {type: "checkbox", value, onchange: tick}),
                  ` ${value}`))));
}
