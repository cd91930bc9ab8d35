// Lenses: what the colour of a node and the word beside it say. A lens sorts nodes into parts, worst or dearest first;
// a part is {key, text, tone}, where the tone is a class of the style sheet. `missing` says why a lens cannot be used.

const CLASSES = {
  X: "opaque: pandas, in batch only",
  R: "recursive: every candle since the first",
  B: "bounded window",
  S: "stateless: this candle only",
};
const COSTS = [
  ["high", "over 5 % of the cost", 0.05],
  ["middle", "1 to 5 % of the cost", 0.01],
  ["low", "under 1 % of the cost", 0],
];
const ARMS = { ab: "both arms", a: "arm A only", b: "arm B only", none: "neither arm", on: "on", off: "off" };

const CHANGES = {
  BUILD: "to build",
  APPEND: "to append to",
  HIDE: "to hide",
  DROP: "to drop",
  REUSED: "reused",
};

// `plan` holds the steps of `wick plan` once somebody has asked for them, and null until then; where nobody can, it is null.
function lensesOf(graph, arms, plan) {
  const statuses = STATUSES.map((key) => ({ key, text: key, tone: `is-${key}` }));
  const status = (node) => node.status;
  const nodes = [...graph.nodes.values()];
  const has = (test) => nodes.some(test);
  const made = ({ kind }) => kind !== "candle" && kind !== "input";
  const cost = (node) => COSTS.find(([, , least]) => perCandle(node) / graph.spent[node.kind] >= least);
  return [
    { name: "group", hued: true, parts: statuses, part: status, word: trouble, missing: "" },
    {
      name: "status",
      parts: statuses,
      part: status,
      word: status,
      missing: has(status) ? "" : "no run has said anything yet: wick build",
    },
    {
      name: "arm",
      parts: Object.entries(ARMS).map(([key, text]) => ({ key, text, tone: `is-arm-${key}` })),
      part: (node) => (made(node) ? armOf(node, arms) : undefined),
      word: (node) => (made(node) && node.group ? { ab: "A B", a: "A", b: "B" }[armOf(node, arms)] : ""),
      missing: has(({ group }) => group) ? "" : "no feature belongs to a group",
    },
    {
      name: "class",
      parts: Object.entries(CLASSES).map(([key, text]) => ({ key, text: `${key} ${text}`, tone: `is-class-${key}` })),
      part: ({ facts: known }) => known?.class,
      word: ({ facts: known }) => known?.class,
      missing: has(({ facts: known }) => known?.class) ? "" : "no feature is traced",
    },
    {
      name: "cost",
      parts: COSTS.map(([key, text]) => ({ key, text, tone: `is-cost-${key}` })),
      part: (node) => (perCandle(node) === undefined ? undefined : cost(node)[0]),
      word: spentWords,
      missing: Object.values(graph.spent).some(Boolean) ? "" : "no run has measured it: wick build",
    },
    {
      name: "changed",
      parts: Object.entries(CHANGES).map(([key, text]) => ({ key, text, tone: `is-${key.toLowerCase()}` })),
      part: (node) => stepOf(node, plan)?.action,
      word: (node) => ({ REUSED: "", undefined: "" })[stepOf(node, plan)?.action] ?? CHANGES[stepOf(node, plan).action],
      missing: plan ? "" : "wick plan says it, and wick ui asks it",
    },
  ];
}

// What a run would do with a node: the step of its model and group.
function stepOf({ model, group }, plan) {
  return plan?.steps.find((step) => step.model === model && (step.group ?? null) === (group ?? null));
}

// With arms given ({a: [groups], b: [groups]}): which of them hold a node; else whether it is on.
function armOf({ group, status }, arms) {
  if (!arms) return status === "off" ? "off" : "on";
  const [a, b] = [arms.a, arms.b].map((groups) => !group || groups.includes(group));
  return a && b ? "ab" : a ? "a" : b ? "b" : "none";
}

// How many of the named nodes fall into each part of a lens that occurs, in the lens's order.
function tally(names, graph, lens) {
  const counts = new Map();
  for (const name of names) {
    const key = lens.part(graph.nodes.get(name));
    if (key) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return lens.parts.filter(({ key }) => counts.has(key)).map((part) => ({ ...part, count: counts.get(part.key) }));
}

function trouble({ status }) {
  return status === "ok" ? undefined : status;
}

function toneOf(node, lens) {
  const key = lens.part(node);
  return lens.parts.find((part) => part.key === key)?.tone;
}

// What a node costs at each candle, of the program or of pandas. Units: seconds; undefined where nothing was measured.
function perCandle({ seconds, rows, facts: known }) {
  if (known?.cost !== undefined) return known.cost * 1e-9;
  return seconds === undefined || !rows ? undefined : seconds / rows;
}

function duration(seconds) {
  if (seconds < 1e-6) return `${(seconds * 1e9).toFixed(seconds < 1e-8 ? 1 : 0)} ns`;
  if (seconds < 0.001) return `${(seconds * 1e6).toFixed(1)} µs`;
  return seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
}
