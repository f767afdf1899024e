// What all charts share: the frame with its axes, the box of values under the pointer, and how
// categories look.

const kMargin = {
  top: 12,
  right: 18,
  bottom: 48,
  left: 72
};

// Each of 49 categories by its colour and its shape, the first seven by either alone.
function category_style(index) {
  const colours = 7, shapes = d3.symbols.length;
  return {
    css: `k${index % colours}`,
    symbol: d3.symbols[(index + Math.floor(index / colours)) % shapes]
  };
}

function symbol_path(style, area) {
  return d3.symbol().type(style.symbol).size(area)();
}

// At most as wide as the page gives room to, so that letters keep their size.
function chart_width(container, most) {
  return Math.max(320, Math.min(most, container.clientWidth || most));
}

function make_svg(container, width, height, label) {
  return d3.select(container)
      .append("svg")
      .attr("viewBox", `0 0 ${width} ${height}`)
      .attr("width", width)
      .attr("height", height)
      .attr("role", "img")
      .attr("aria-label", label);
}

// `logarithmic`: "always", true (where the values span more than a factor of eight) or false; what
// is not above zero cannot be.
function fitting_scale(values, range, logarithmic) {
  const [least, most] = d3.extent(values);
  if (least > 0 && (logarithmic === "always" || (logarithmic && most / least > 8)))
    return d3.scaleLog().domain([least / 1.3, most * 1.3]).range(range);
  const margin = (most - least) * 0.08 || Math.abs(most) * 0.1 || 1;
  const low = least >= 0 ? Math.max(0, least - margin) : least - margin;
  return d3.scaleLinear().domain([low, most + margin]).nice().range(range);
}

// 0.1, 10, 10k: prefixes only where there would be many zeros, and none of "milli" after a unit
// that has it already.
function tick_text(value) {
  return Math.abs(value) >= 1e4 ? d3.format("~s")(value) : grouped(Number(value.toPrecision(6)));
}

// Of a logarithmic scale every tick but only some labels, as many as there is room for.
function with_ticks(axis, count, format) {
  return axis.scale().base ? axis.ticks(count, format) : axis.ticks(count).tickFormat(format);
}

// Lines at the powers of ten, where there are some; all ticks' would hide the points.
function with_grid(axis, count, size) {
  const scale = axis.scale();
  const powers =
      scale.base ? scale.ticks(count).filter((v) => Number.isInteger(Math.log10(v))) : [];
  return (powers.length > 1 ? axis.tickValues(powers) : axis.ticks(count))
      .tickSize(size)
      .tickFormat("");
}

function draw_axes(svg, x, y, {width, height, x_label, y_label, x_format, y_format}) {
  const below = height - kMargin.bottom;
  const x_ticks = Math.max(3, Math.round(width / 110)), y_ticks = Math.round(height / 60);
  const grid = svg.append("g").attr("class", "grid");
  grid.append("g")
      .attr("transform", `translate(0,${below})`)
      .call(with_grid(d3.axisBottom(x), x_ticks, kMargin.top - below));
  grid.append("g")
      .attr("transform", `translate(${kMargin.left},0)`)
      .call(with_grid(d3.axisLeft(y), y_ticks, kMargin.left + kMargin.right - width));
  const axis = svg.append("g").attr("class", "axis");
  axis.append("g")
      .attr("transform", `translate(0,${below})`)
      .call(with_ticks(d3.axisBottom(x), x_ticks, x_format || tick_text))
      .append("text")
      .attr("class", "label")
      .attr("text-anchor", "middle")
      .attr("x", (kMargin.left + width - kMargin.right) / 2)
      .attr("y", 40)
      .text(x_label);
  axis.append("g")
      .attr("transform", `translate(${kMargin.left},0)`)
      .call(with_ticks(d3.axisLeft(y), y_ticks, y_format || tick_text))
      .append("text")
      .attr("class", "label")
      .attr("text-anchor", "middle")
      .attr("transform", "rotate(-90)")
      .attr("x", -(kMargin.top + below) / 2)
      .attr("y", -54)
      .text(y_label);
}

// `lines`: texts, the first in bold.
function show_tooltip(event, lines) {
  const box = document.getElementById("tooltip");
  box.replaceChildren(...lines.map((line) => element("div", {}, line)));
  box.hidden = false;
  const {offsetWidth: width, offsetHeight: height} = box;
  const left =
      event.clientX + 14 + width > innerWidth ? event.clientX - 14 - width : event.clientX + 14;
  const top =
      event.clientY + 14 + height > innerHeight ? event.clientY - 14 - height : event.clientY + 14;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${Math.max(4, top)}px`;
}

function hide_tooltip() {
  document.getElementById("tooltip").hidden = true;
}

// `entries`: {style, hollow, text}.
function legend(entries) {
  const list = element("ul", {class: "legend"});
  for (const {style, hollow, text} of entries) {
    const item = element("li");
    d3.select(item)
        .append("svg")
        .attr("width", 18)
        .attr("height", 18)
        .attr("viewBox", "-9 -9 18 18")
        .append("path")
        .attr("d", symbol_path(style, 90))
        .attr("class", `point ${style.css}${hollow ? " hollow" : ""}`);
    item.append(text);
    list.append(item);
  }
  return list;
}

// An entry for what is no point: a rectangle or a line, by the class that it is drawn with.
function legend_sample(css, shape, text) {
  const item = element("li");
  d3.select(item)
      .append("svg")
      .attr("width", 26)
      .attr("height", 14)
      .append(shape === "line" ? "path" : "rect")
      .attr("class", css)
      .attr("d", "M1,7H25")
      .attr("x", 1)
      .attr("y", 1)
      .attr("width", 24)
      .attr("height", 12);
  item.append(text);
  return item;
}
