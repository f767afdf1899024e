// What the store holds, where it comes from, and what failed.

function draw_summary(state) {
  const {runs, boards, environments, exhibits} = state.model;
  const failed = runs.filter((run) => !run.ok);
  const tile = (figure, text, bad = false) =>
      element("div", {class: bad ? "tile bad" : "tile"}, element("b", {}, figure), text);
  const times = runs.map((run) => run.started_at).sort();
  const content = [element(
      "div", {class: "tiles"}, tile(grouped(runs.length), "runs"),
      tile(grouped(failed.length), "failed", failed.length > 0),
      tile(grouped(distinct(runs, "network").length), "networks"),
      tile(grouped(distinct(runs, "board").length), "boards"))];
  if (exhibits.length)
    content.push(element(
        "p", {},
        element(
            "a", {href: "#papers"},
            `${grouped(exhibits.length)} tables and figures beside published ones`)));
  if (runs.length) content.push(note(`Measured from ${times[0]} to ${times[times.length - 1]}.`));
  if (failed.length)
    content.push(element("h3", {}, "Failures"), failure_table(failed, state.varying));
  const runs_with = (column, value) => runs.filter((run) => run[column] === value).length;
  content.push(
      element("h3", {}, "Boards"),
      element(
          "div", {class: "wide"}, make_table({
            columns: [
              {key: "name", title: "board"},
              {key: "description", title: "description"},
              {key: "core", title: "core"},
              {key: "clock_hz", title: "clock", unit: "MHz", format: (hz) => significant(hz / 1e6)},
              {key: "flash_bytes", title: "flash", unit: "B", format: grouped},
              {key: "ram_bytes", title: "RAM", unit: "B", format: grouped},
              {key: "active_mw", title: "active", unit: "mW", format: significant},
              {
                key: "runs",
                title: "runs",
                format: grouped,
                value: (board) => runs_with("board_sha256", board.sha256)
              },
            ],
            rows: [...boards.values()],
          })),
      element("h3", {}, "Environment"),
      element("div", {class: "wide"}, make_table({
                columns: [
                  {key: "thimble_version", title: "Thimble"},
                  {key: "compiler_version", title: "compiler"},
                  {key: "system", title: "system"},
                  {
                    key: "runs",
                    title: "runs",
                    format: grouped,
                    value: (environment) => runs_with("environment_id", environment.id)
                  },
                ],
                rows: [...environments.values()],
              })));
  document.querySelector("#summary .content").replaceChildren(...content);
}

function failure_table(failed, columns) {
  const output = (run) => element(
      "details", {}, element("summary", {}, run.error_message || "no message"),
      element("pre", {}, [run.command, run.error_output].filter(Boolean).join("\n\n")));
  return element("div", {class: "wide", id: "failures"}, make_table({
                   columns: [
                     ...columns.map((key) => ({key, title: key})),
                     {key: "error_code", title: "reason"},
                     {
                       key: "message",
                       title: "message; a click shows the command and its output",
                       value: output
                     },
                   ],
                   rows: failed,
                 }));
}
