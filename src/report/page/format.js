// Numbers for people, and small helpers to make elements.

const grouped = d3.format(",");

// Four significant digits, without an exponent.
function significant(value) {
  const digits = value === 0 ? 0 : 3 - Math.floor(Math.log10(Math.abs(value)));
  return d3.format(`,.${Math.min(Math.max(digits, 0), 6)}f`)(value);
}

function number_text(value, format) {
  if (value === null || value === undefined) return "";
  return typeof value === "number" ? format(value) : String(value);
}

function shortened(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}\u2026` : text;
}

const percent = d3.format(".2%");

// Texts come from files of unknown origin: they are set as text, never as HTML.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on"))
      made.addEventListener(name.slice(2), value);
    else if (value === true)
      made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function note(text) {
  return element("p", {class: "note"}, text);
}

// Keeps what was chosen where it is still offered. `options`: [value, text] each.
function fill_select(select, options, value) {
  select.replaceChildren(...options.map(([key, text]) => element("option", {value: key}, text)));
  select.value = value;
}
