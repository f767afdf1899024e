// Bars of one figure of a paper: from top to bottom the labels, within each the series. Ours is the
// bar; what is published is a frame around it, as long as the published value.

const kBarHeight = 15;
const kBarGap = 8;  // between labels

function draw_exhibit_bars(state, exhibit, place) {
  const styles = exhibit_styles(exhibit);
  const labels = [...new Set(exhibit.values.map((value) => value.label))];
  const rows = [];
  let height = kBarGap;
  for (const label of labels) {
    for (const value of exhibit.values.filter((value) => value.label === label)) {
      rows.push({value, top: height, first: rows[rows.length - 1]?.value.label !== label});
      height += kBarHeight;
    }
    height += kBarGap;
  }
  const below = height;
  height += kMargin.bottom;
  const chart = element("div", {class: "chart"}), frame = element("div");
  place.append(chart);
  chart.append(frame, bars_legend(exhibit, styles));
  const left = Math.min(290, 16 + 7.2 * d3.max(labels, (label) => label.length)), right = 130;
  const width = Math.max(left + right + 120, chart_width(place, 760));
  const most = d3.max(exhibit.values, (value) => Math.max(value.ours ?? 0, value.published ?? 0));
  const x = d3.scaleLinear().domain([0, most || 1]).range([left, width - right]);
  const svg = make_svg(frame, width, height, exhibit.title);
  draw_bar_axis(svg, x, below, exhibit.y_title);
  const groups = svg.append("g")
                     .selectAll("g")
                     .data(rows)
                     .enter()
                     .append("g")
                     .attr("class", "bar_row")
                     .attr("transform", (row) => `translate(0,${row.top})`)
                     .on("mousemove", (row) => show_tooltip(d3.event, value_lines(row.value)))
                     .on("mouseleave", hide_tooltip)
                     .on("click", (row) => choose_run_of(state, row.value));
  groups.filter((row) => row.first)
      .append("text")
      .attr("x", left - 8)
      .attr("y", kBarHeight - 4)
      .attr("text-anchor", "end")
      .text((row) => shortened(row.value.label, 40));
  groups.filter((row) => row.value.ours !== null)
      .append("rect")
      .attr("class", (row) => `exhibit_bar ${styles.get(row.value.series).css}`)
      .attr("x", left)
      .attr("y", 2)
      .attr("height", kBarHeight - 4)
      .attr("width", (row) => x(row.value.ours) - left);
  groups.filter((row) => row.value.published !== null)
      .append("rect")
      .attr("class", "published_bar")
      .attr("x", left)
      .attr("y", 0.5)
      .attr("height", kBarHeight - 1)
      .attr("width", (row) => x(row.value.published) - left);
  groups.append("text")
      .attr("class", "bar_label")
      .attr("x", (row) => x(Math.max(row.value.ours ?? 0, row.value.published ?? 0)) + 6)
      .attr("y", kBarHeight - 4)
      .text((row) => exhibit_bar_text(row.value));
}

function exhibit_bar_text({ours, published, reason}) {
  const own = ours === null ? shortened(reason, 18) : significant(ours);
  return published === null ? own : `${own} (${published_text(published)})`;
}

function draw_bar_axis(svg, x, below, title) {
  const [left, right] = x.range(), count = Math.max(3, Math.round((right - left) / 110));
  svg.append("g")
      .attr("class", "grid")
      .attr("transform", `translate(0,${below})`)
      .call(d3.axisBottom(x).ticks(count).tickSize(-below).tickFormat(""));
  svg.append("g")
      .attr("class", "axis")
      .append("g")
      .attr("transform", `translate(0,${below})`)
      .call(d3.axisBottom(x).ticks(count).tickFormat(tick_text))
      .append("text")
      .attr("class", "label")
      .attr("text-anchor", "middle")
      .attr("x", (left + right) / 2)
      .attr("y", 40)
      .text(title);
}

function bars_legend(exhibit, styles) {
  const list = element("ul", {class: "legend"});
  for (const [series, style] of styles)
    if (series) list.append(legend_sample(`exhibit_bar ${style.css}`, "rect", series));
  if (exhibit.values.some((value) => value.published !== null))
    list.append(legend_sample("published_bar", "rect", "frame, and in brackets: published"));
  return element("div", {class: "beside"}, list);
}
