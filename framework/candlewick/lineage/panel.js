// The panel beside the canvas: what is selected, in words. `actions` is what its buttons do, see canvas.js.

const STATUSES = ["error", "fail", "warn", "skip", "off", "ok"]; // worst first
const ERRORS = "warm_up_by_error";
const APART = [ERRORS, "cost"]; // facts that are shown by themselves
const KEYS = {
  "arrows": "move",
  "Enter": "open",
  "/": "find",
  "f": "fit",
  "Shift click": "path from the selected node",
  "Esc": "back",
};

// `centre` is what the picture is already about: it needs no button to go there.
function drawPanel(box, graph, id, centre, actions) {
  const content =
    id === null
      ? overview(graph)
      : id.startsWith("g:")
        ? groupPanel(graph, graph.groups.get(id), centre, actions)
        : nodePanel(graph, graph.nodes.get(id.slice(2)), centre, actions);
  const stays = box.dataset.about === String(id);
  const top = box.scrollTop;
  box.replaceChildren(...content.filter(Boolean));
  box.dataset.about = String(id);
  box.scrollTop = stays ? top : 0;
}

function overview(graph) {
  const { run_id: run, ...rest } = graph.run;
  const spent = graph.spent.feature;
  return [
    make("p.hint", {}, "Choose a group or a node to read its definition, its code, what it costs and the candles it needs."),
    facts({
      nodes: graph.nodes.size,
      groups: graph.groups.size,
      cost: spent ? `${duration(spent)} per candle for all features` : "",
      run,
      ...rest,
    }),
    make("h3", {}, "Keys"),
    facts(KEYS),
  ];
}

// ---- a group

function groupPanel(graph, group, centre, actions) {
  const parts = tally(group.members, graph, actions.lens).map(({ tone, text, count }) =>
    make("span.badge", {}, toneDot(tone, `${count} ${text}`)),
  );
  const names = (ids) => [...ids].map((id) => graph.groups.get(id)).sort(byLabel);
  const off = group.toggled.length > 0 && group.toggled.every((name) => graph.nodes.get(name).status === "off");
  const spent = group.members.reduce((sum, name) => sum + (perCandle(graph.nodes.get(name)) ?? 0), 0);
  return [
    make("h2", {}, group.label),
    make("p.badges", {}, badge(`${group.kind} group`), group.toggled.length ? badge(off ? "off" : "on") : null, parts),
    make(
      "p.buttons",
      {},
      group.id === centre ? null : make("button", { onclick: () => actions.focus(group.id) }, "Open group"),
      actions.toggle && group.toggled.length
        ? make("button", { onclick: () => actions.toggle(group.label) }, `Switch ${off ? "on" : "off"} in arm B`)
        : null,
    ),
    facts({ cost: spent ? spokenShare(graph, group.kind, spent) : "" }),
    neighbours("Reads from", names(group.ins), actions),
    neighbours("Read by", names(group.outs), actions),
    neighbours(
      plural(group.members.length, "node"),
      group.members.map((name) => graph.nodes.get(name)),
      actions,
    ),
  ];
}

// ---- a node

function nodePanel(graph, node, centre, actions) {
  const { text, terms } = readDoc(node);
  const given = node.kind === "candle" || node.kind === "input";
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
    actions.details?.name === node.name && actions.details.problem
      ? make("p.problem", { role: "alert" }, actions.details.problem)
      : null,
    actions.lens.name === "changed" ? planned(stepOf(node, actions.plan)) : null,
    text ? make("p.doc", {}, text) : given ? null : make("p.hint", {}, "No docstring."),
    make(
      "p.buttons",
      {},
      node.id === centre ? null : make("button", { onclick: () => actions.focus(node.id) }, "Focus"),
      actions.preview && node.previewed ? make("button", { onclick: () => actions.preview(node.name) }, "Preview") : null,
    ),
    candleColumns(graph, node, actions),
    facts({ ...spokenFacts(node), cost: spokenCost(graph, node) }),
    settling(node, actions),
    facts(terms),
    tabs(graph, node, actions),
  ];
}

// The candle columns a node needs; each opens the way from it to the node.
function candleColumns(graph, node, actions) {
  const names = (node.candles ?? []).filter((name) => name !== node.name && graph.nodes.has(name));
  if (!names.length) return null;
  const way = (name) =>
    make("button.link", { title: `the way from ${name} to ${node.name}`, onclick: () => actions.path(name, node.name) }, name);
  return make("section", {}, make("h3", {}, "Candle columns"), make("p.links", {}, names.map(way)));
}

// A docstring in its two parts: sentences, and lines such as "Units: log return per candle". A lookback is said by the facts.
function readDoc({ doc = "", facts: known }) {
  const terms = {};
  const rest = doc.split("\n").filter((line) => {
    const term = /^([A-Z][\w ]{1,20}): (\S.*)$/.exec(line);
    if (term) terms[term[1] === "NaN" ? term[1] : term[1].toLowerCase()] = term[2];
    return !term;
  });
  if (known?.lookback !== undefined) delete terms.lookback;
  const text = rest.join("\n").trim();
  return { text: text.replace(/(\S)\n(?=[^\s*-])/g, "$1 "), terms }; // a paragraph is broken where the panel ends
}

// What analyses know, in words: numbers are candles.
function spokenFacts(node) {
  if (!node.facts) return node.kind === "feature" && node.previewed ? { "warm-up": "unknown: not traced" } : {};
  const words = ([key, value]) => [
    key,
    typeof value === "number" ? plural(value, "candle") : key === "class" ? `${value}, ${CLASSES[value] ?? ""}` : value,
  ];
  return Object.fromEntries(Object.entries(node.facts).filter(([key]) => !APART.includes(key)).map(words));
}

// What a run would do with a node's model and group, and why.
function planned(step) {
  if (!step) return make("p.hint", {}, "Asking wick plan …");
  const rows = step.rows ? `${CHANGES[step.action]}, ${plural(step.rows, "row")}` : CHANGES[step.action];
  return make(
    "section",
    {},
    make("h3", {}, "The next run"),
    make("p", {}, toneDot(`is-${step.action.toLowerCase()}`, rows)),
    step.why.length ? make("p.doc", {}, step.why.join("\n")) : null,
    step.diff.length ? make("pre", { tabindex: 0, "aria-label": "what changed" }, step.diff.join("\n")) : null,
    step.downstream.length ? make("p.hint", {}, `needed by ${step.downstream.join(", ")}`) : null,
  );
}

// A recursive feature settles: how many candles it takes until the error is below a level.
function settling({ facts: known }, actions) {
  const levels = Object.entries(known?.[ERRORS] ?? {});
  if (!levels.length) return null;
  const row = ([level, candles]) => make("tr", {}, make("td", {}, level), make("td.number", {}, candles.toLocaleString("en")));
  return make(
    "details",
    { open: actions.unfolded ? "" : null, ontoggle: (event) => { actions.unfolded = event.target.open; } },
    make("summary", {}, "Warm-up by error"),
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "error below"), make("th.number", { scope: "col" }, "candles"))),
      make("tbody", {}, levels.map(row)),
    ),
  );
}

function spokenCost(graph, node) {
  const spent = perCandle(node);
  return spent === undefined ? undefined : spokenShare(graph, node.kind, spent);
}

// The cost of each candle, and its part of what all features (labels, ...) cost.
function spokenShare(graph, kind, spent) {
  const share = spent / graph.spent[kind];
  return `${duration(spent)} per candle, ${share < 0.001 ? "under 0.1" : (100 * share).toFixed(1)} % of all ${kind}s`;
}

function around(graph, names) {
  return names.map((name) => graph.nodes.get(name));
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
