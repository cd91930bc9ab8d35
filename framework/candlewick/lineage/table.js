// The list: every node in a table that can be sorted, the accessible twin of the picture.

const COLUMNS = [
  { key: "node", value: (node) => node.name },
  { key: "group", value: (node) => node.groupLabel },
  { key: "status", value: (node) => node.status ?? "", cell: (node) => (node.status ? statusDot(node.status) : "") },
  { key: "class", value: (node) => node.facts?.class ?? "" },
  { key: "warm-up", number: true, value: (node) => node.facts?.["warm-up"], cell: (node) => warmUpWords(node) },
  { key: "cost", number: true, value: perCandle, cell: (node) => spentWords(node) },
  { key: "candle columns", value: (node) => (node.candles ?? []).join(" ") },
  { key: "inputs", number: true, value: (node) => node.ins.length },
  { key: "outputs", number: true, value: (node) => node.outs.length },
];

// `sort` is a column's name, "-" before it for descending, or "" for the order of the lineage.
function nodeTable(graph, names, selected, sort, actions) {
  const [descending, by] = [sort.startsWith("-"), sort.replace(/^-/, "")];
  const head = (column) => {
    const chosen = column.key === by;
    const next = !chosen ? (column.number ? `-${column.key}` : column.key) : descending === !column.number ? "" : descending ? by : `-${by}`;
    return make(
      `th${column.number ? ".number" : ""}`,
      { scope: "col", "aria-sort": chosen ? (descending ? "descending" : "ascending") : null },
      make("button.link", { title: `sort by ${column.key}`, onclick: () => actions.sort(next) }, column.key, chosen ? (descending ? " ↓" : " ↑") : ""),
    );
  };
  const row = (node) =>
    make(
      `tr${node.id === selected ? ".selected" : ""}`,
      { "data-id": node.id, onclick: () => actions.select(node.id) },
      COLUMNS.map((column, index) =>
        make(
          `td${column.number ? ".number" : ""}`,
          {},
          index ? (column.cell ?? column.value)(node) : make("button.link", { ondblclick: () => actions.focus(node.id) }, node.name),
        ),
      ),
    );
  const nodes = sorted(
    names.map((name) => graph.nodes.get(name)),
    COLUMNS.find(({ key }) => key === by),
    descending,
  );
  return make("table", {}, make("thead", {}, make("tr", {}, COLUMNS.map(head))), make("tbody", {}, nodes.map(row)));
}

// What has no value comes last, whichever way.
function sorted(nodes, column, descending) {
  if (!column) return nodes;
  const missing = (value) => value === undefined || value === "";
  const keyed = nodes.map((node) => [column.number ? numeric(column.value(node)) : column.value(node), node]);
  const order = ([a], [b]) =>
    missing(a) || missing(b) ? missing(a) - missing(b) : a === b ? 0 : (a < b ? -1 : 1) * (descending ? -1 : 1);
  return keyed.sort(order).map(([, node]) => node);
}

function numeric(value) {
  return value === undefined || typeof value === "number" ? value : Infinity; // what never settles needs the most candles
}

function warmUpWords({ facts: known }) {
  const candles = known?.["warm-up"];
  return typeof candles === "number" ? candles.toLocaleString("en") : (candles ?? "");
}

function spentWords(node) {
  const spent = perCandle(node);
  return spent === undefined ? "" : duration(spent);
}
