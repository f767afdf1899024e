// A table that sorts when a heading is clicked.
//
// A column: {key, title, unit, format (of numbers; with it the column is one of numbers),
// value (row -> what is shown and sorted by; the row's key unless given), help}.

function value_in(row, column) {
  return column.value ? column.value(row) : row[column.key];
}

// Empty cells come last in either direction.
function sorted_rows(rows, column, descending) {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = value_in(a, column) ?? null, y = value_in(b, column) ?? null;
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (x < y ? -1 : x > y ? 1 : 0);
  });
}

// `sort`: {key, descending}, which a click changes before it calls on_sort.
// `row_attributes`: row -> attributes of its <tr>.
function make_table({columns, rows, sort, on_sort, row_attributes = () => ({})}) {
  const heading = (column) => {
    const is_sorted = sort?.key === column.key;
    const arrow = is_sorted ? (sort.descending ? " \u25BC" : " \u25B2") : "";
    const label = [
      column.title, column.unit ? element("span", {class: "unit"}, ` ${column.unit}`) : null, arrow
    ];
    return element(
        "th", {
          class: column.format ? "number" : null,
          scope: "col",
          title: column.help,
          "aria-sort": is_sorted ? (sort.descending ? "descending" : "ascending") : null,
          "data-key": column.key,
        },
        ...(on_sort ? [element(
                          "button", {
                            type: "button",
                            onclick: () => {
                              sort.descending = is_sorted && !sort.descending;
                              sort.key = column.key;
                              on_sort();
                            },
                          },
                          ...label.filter((part) => part !== null))] :
                      label.filter((part) => part !== null)));
  };
  const sorting = columns.find((column) => column.key === sort?.key);
  const body = (sorting ? sorted_rows(rows, sorting, sort.descending) : rows)
                   .map((row) => element("tr", row_attributes(row), ...columns.map((column) => {
                          const value = value_in(row, column);
                          if (value instanceof Node) return element("td", {}, value);
                          return column.format ?
                              element("td", {class: "number"}, number_text(value, column.format)) :
                              element("td", {class: "text"}, value ?? "");
                        })));
  return element(
      "table", {}, element("thead", {}, element("tr", {}, ...columns.map(heading))),
      element("tbody", {}, ...body));
}
