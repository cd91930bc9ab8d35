// The lower half of a node's panel: code and dependencies, which the lineage holds, and tests and values, which only a
// host that can read the project has (`actions.details`; null where nobody can, {} while they are being read).

function tabs(graph, node, actions) {
  const pages = { Code: codeTab, Dependencies: dependenciesTab };
  if (actions.details !== null && node.previewed) Object.assign(pages, { Tests: testsTab, Values: valuesTab });
  const chosen = actions.tab in pages ? actions.tab : "Code";
  const body = make("div.tab", { role: "tabpanel", "aria-label": chosen }, pages[chosen](graph, node, actions));
  const button = (name) =>
    make("button", { role: "tab", "aria-selected": name === chosen, onclick: () => actions.showTab(name) }, name);
  return make("div", {}, make("div.tabs", { role: "tablist" }, Object.keys(pages).map(button)), body);
}

function codeTab(_graph, node) {
  return [
    node.code
      ? make("pre", { tabindex: 0, "aria-label": "source code" }, make("code", {}, highlighted(node.code)))
      : make("p.hint", {}, node.kind === "candle" ? "Read from the candle source." : "No code: handed to the fit."),
    facts({
      source: node.file && `${node.file}:${node.line}`,
      model: node.model,
      type: node.type,
      action: node.action,
      rows: node.rows?.toLocaleString("en"),
      ...node.tags,
    }),
  ];
}

function dependenciesTab(graph, node, actions) {
  const none = node.ins.length + node.outs.length === 0;
  return [
    neighbours("Inputs", around(graph, node.ins), actions),
    neighbours("Outputs", around(graph, node.outs), actions),
    none ? make("p.hint", {}, "It reads no node, and no node reads it.") : null,
  ].filter(Boolean);
}

function testsTab(_graph, node, { details }) {
  if (details.name !== node.name) return make("p.hint", {}, "Reading…");
  if (!details.tests.length) return make("p.hint", {}, "wick.yml declares no test of this column.");
  return details.tests.map(({ title, status, message }) =>
    make("p.test", {}, statusDot(status, status), " ", make("code", {}, title), message ? make("small", {}, message) : null),
  );
}

function valuesTab(_graph, node, { details }) {
  if (details.name !== node.name) return make("p.hint", {}, "Reading…");
  const { values } = details;
  if (values.problem) return make("p.hint", {}, values.problem);
  return [
    values.bins.length ? histogram(values) : null,
    facts(values.summary),
    make("h3", {}, `Last values of ${values.symbol}`),
    make("dl.last", {}, values.last.map(([time, value]) => [make("dt", {}, time), make("dd", {}, value)])),
  ].filter(Boolean);
}

function histogram({ bins, low, high }) {
  const [width, height] = [280, 72];
  const most = Math.max(...bins);
  const step = width / bins.length;
  const bars = bins.map((count, index) =>
    make("svg:rect.share.is-plain", {
      x: index * step,
      y: height - (count / most) * height,
      width: Math.max(1, step - 1),
      height: (count / most) * height,
    }),
  );
  return make(
    "figure",
    {},
    make("svg:svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `histogram from ${low} to ${high}` }, bars),
    make("figcaption", {}, make("span", {}, low), make("span", {}, high)),
  );
}
