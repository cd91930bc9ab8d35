// The small tools that build elements. All text enters the page as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

// make("button.primary", {title: "x", onclick: f}, "text", child): an element; "svg:" before the tag makes it SVG.
function make(tag, attributes = {}, ...children) {
  const [, svg, name, classes] = /^(svg:)?([\w-]+)(.*)$/.exec(tag);
  const element = svg ? document.createElementNS(SVG, name) : document.createElement(name);
  if (classes) element.setAttribute("class", classes.slice(1).replaceAll(".", " "));
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

function statusDot(status, text = status) {
  return toneDot(`is-${status}`, text);
}

function toneDot(tone, text) {
  return make(`span.status.${tone}`, {}, text);
}

function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

function badge(text, hue) {
  return make(`span.badge${hue === undefined ? "" : `.hue-${hue}`}`, {}, text);
}

// A definition list of what is known: pairs whose value is missing are left out, and null stands for an empty list.
function facts(pairs) {
  const rows = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return rows.length
    ? make(
        "dl",
        {},
        rows.map(([key, value]) => [make("dt", {}, key.replaceAll("_", " ")), make("dd", {}, value)]),
      )
    : null;
}

// A text that a click copies, such as a command.
function copied(text, title = "copy") {
  const button = make("button.copied", { title, "aria-label": `${title}: ${text}` }, text);
  button.addEventListener("click", () => {
    navigator.clipboard?.writeText(text).then(() => {
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 1200);
    });
  });
  return button;
}

// Buttons of which one is pressed: {element, mark(value)}.
function segments(label, values, text, pick) {
  const buttons = values.map((value) => make("button", { onclick: () => pick(value) }, text(value)));
  const element = make("span.segments", { role: "group", "aria-label": label }, buttons);
  const mark = (chosen) =>
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", values[index] === chosen));
  return { element, mark };
}
