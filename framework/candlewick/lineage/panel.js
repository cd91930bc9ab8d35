// The panel beside the canvas, the list of nodes, and the small tools that build elements. All text enters the page
// as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const STATUSES = ["error", "fail", "warn", "skip", "off", "ok"]; // worst first
const KEYWORDS =
  "and|as|assert|async|await|break|class|continue|def|elif|else|except|False|finally|for|from|if|import|in|is|lambda|None|not|or|pass|raise|return|True|try|while|with|yield";
const PYTHON = new RegExp(
  [
    String.raw`("""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')`,
    String.raw`(#.*)`,
    String.raw`(@[\w.]+)`,
    String.raw`\b(${KEYWORDS})\b`,
    String.raw`\b(\d[\w.]*)`,
  ].join("|"),
  "g",
);
const TOKENS = ["text", "comment", "decorator", "keyword", "number"];

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

// `centre` is what the picture is already about: it needs no button to go there.
function drawPanel(box, graph, id, centre, actions) {
  const content =
    id === null
      ? overview(graph)
      : id.startsWith("g:")
        ? groupPanel(graph, graph.groups.get(id), centre, actions)
        : nodePanel(graph, graph.nodes.get(id.slice(2)), centre, actions);
  box.replaceChildren(...content.filter(Boolean));
  box.scrollTop = 0;
}

function overview(graph) {
  return [
    make("p.hint", {}, "Choose a group or a node to read its definition, its code and the candle columns it needs."),
    facts({ nodes: graph.nodes.size, groups: graph.groups.size, ...graph.run }),
  ];
}

function groupPanel(graph, group, centre, actions) {
  const parts = tally(group.members, graph, actions.lens).map(({ tone, text, count }) =>
    make("span.badge", {}, toneDot(tone, `${count} ${text}`)),
  );
  const names = (ids) => [...ids].map((id) => graph.groups.get(id)).sort(byLabel);
  return [
    make("h2", {}, group.label),
    make("p.badges", {}, badge(`${group.kind} group`), group.toggled.length ? badge("toggled") : null, parts),
    group.id === centre
      ? null
      : make("p", {}, make("button", { onclick: () => actions.focus(group.id) }, "Open group")),
    neighbours("Reads from", names(group.ins), actions),
    neighbours("Read by", names(group.outs), actions),
    neighbours(
      plural(group.members.length, "node"),
      group.members.map((name) => graph.nodes.get(name)),
      actions,
    ),
  ];
}

function nodePanel(graph, node, centre, actions) {
  const candles = (node.candles ?? []).filter((name) => name !== node.name);
  return [
    make("h2", {}, node.name),
    make(
      "p.badges",
      {},
      node.kind === "candle" ? null : badge(node.groupLabel, graph.groups.get(node.groupId).hue),
      badge(node.kind === "candle" ? "candle column" : node.kind),
      node.internal ? badge("made by a decorator") : null,
      node.status ? make("span.badge", {}, statusDot(node.status)) : null,
    ),
    node.doc
      ? make("p.doc", {}, node.doc)
      : node.kind === "candle" || node.kind === "input"
        ? null
        : make("p.hint", {}, "No docstring."),
    make(
      "p.buttons",
      {},
      node.id === centre ? null : make("button", { onclick: () => actions.focus(node.id) }, "Focus"),
      actions.preview && node.previewed ? make("button", { onclick: () => actions.preview(node.name) }, "Preview") : null,
    ),
    candles.length
      ? neighbours("Candle columns", around(graph, candles.filter((name) => graph.nodes.has(name))), actions)
      : null,
    facts({
      ...spokenFacts(node),
      cost: spokenCost(graph, node),
    }),
    tabs(graph, node, actions),
  ];
}

function around(graph, names) {
  return names.map((name) => graph.nodes.get(name));
}

function spokenCost(graph, { kind, seconds }) {
  if (seconds === undefined) return undefined;
  const even = kind === "feature" && sharesTime(graph);
  return `${duration(seconds)} of computing${even ? ", an even share: the program computes all features at once" : ""}`;
}

// What analyses know, in words: numbers are candles.
function spokenFacts(node) {
  if (!node.facts) {
    return node.kind === "feature" && node.previewed ? { "warm-up": "unknown: wick build --engine program" } : {};
  }
  const words = ([key, value]) => [
    key,
    typeof value === "number" ? plural(value, "candle") : key === "class" ? `${value}, ${CLASSES[value]}` : value,
  ];
  return Object.fromEntries(Object.entries(node.facts).map(words));
}

function badge(text, hue) {
  return make(`span.badge${hue === undefined ? "" : `.hue-${hue}`}`, {}, text);
}

function facts(pairs) {
  const rows = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return rows.length
    ? make(
        "dl",
        {},
        rows.map(([key, value]) => [make("dt", {}, key.replaceAll("_", " ")), make("dd", {}, String(value))]),
      )
    : null;
}

function neighbours(title, targets, actions) {
  if (!targets.length) return null;
  const links = targets.map((target) =>
    make("button.link", { onclick: () => actions.select(target.id) }, target.name ?? target.label),
  );
  const first = links.splice(0, 16);
  const list = make("p.links", {}, first);
  if (links.length)
    list.append(
      make(
        "button.link.more",
        {
          onclick: (event) => {
            event.target.remove();
            list.append(...links);
          },
        },
        `+${links.length} more`,
      ),
    );
  return make("section", {}, make("h3", {}, title), list);
}

function highlighted(code) {
  const parts = [];
  let end = 0;
  for (const match of code.matchAll(PYTHON)) {
    parts.push(
      code.slice(end, match.index),
      make(`span.${TOKENS[match.slice(1).findIndex((group) => group !== undefined)]}`, {}, match[0]),
    );
    end = match.index + match[0].length;
  }
  return [...parts, code.slice(end)];
}

function nodeTable(graph, names, selected, actions) {
  const row = (node) =>
    make(
      `tr${node.id === selected ? ".selected" : ""}`,
      { onclick: () => actions.select(node.id) },
      make("td", {}, make("button.link", {}, node.name)),
      make("td", {}, node.groupLabel),
      make("td", {}, node.kind),
      make("td", {}, node.status ? statusDot(node.status) : ""),
      make("td", {}, (node.candles ?? []).join(" ")),
      make("td.number", {}, String(node.ins.length)),
      make("td.number", {}, String(node.outs.length)),
    );
  const heads = ["node", "group", "kind", "status", "candle columns", "inputs", "outputs"];
  return make(
    "table",
    {},
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        heads.map((head, index) => make(`th${index > 4 ? ".number" : ""}`, { scope: "col" }, head)),
      ),
    ),
    make(
      "tbody",
      {},
      names.map((name) => row(graph.nodes.get(name))),
    ),
  );
}
