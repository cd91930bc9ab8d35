// The lineage as the canvas needs it: nodes with their neighbours, groups, and the part of the graph around something.
// Ids are "n:" + a node's name or "g:" + a group's key, so that a node and a group never share one.

const FOLD = 40; // a node with more neighbours than this on one side shows them as groups
const DRAWN = 400; // the most nodes a picture holds

function lineageGraph(lineage) {
  const nodes = new Map();
  const groups = new Map();
  for (const record of lineage.nodes) {
    const label =
      record.kind === "candle" ? "candles" : record.kind === "input" ? "inputs" : (record.group ?? record.model);
    const group = `g:${record.kind}:${label}`;
    const previewed = record.type === "pd.Series" && record.kind !== "fit" && !record.internal && record.enabled; // a column that is stored
    nodes.set(record.name, { ...record, previewed, id: `n:${record.name}`, groupId: group, groupLabel: label, ins: [], outs: [] });
    if (!groups.has(group)) {
      groups.set(group, {
        id: group,
        label,
        kind: record.kind,
        toggled: [],
        members: [],
        ins: new Set(),
        outs: new Set(),
      });
    }
    groups.get(group).members.push(record.name);
    if (record.group != null) groups.get(group).toggled.push(record.name);
  }
  for (const [source, target] of lineage.edges) {
    const from = nodes.get(source),
      to = nodes.get(target);
    from.outs.push(target);
    to.ins.push(source);
    if (from.groupId !== to.groupId) {
      groups.get(from.groupId).outs.add(to.groupId);
      groups.get(to.groupId).ins.add(from.groupId);
    }
  }
  // Bars are told apart by hue; candles, inputs and the like stay grey.
  const hued = [...groups.values()].filter((group) => group.kind === "feature").sort(byLabel);
  hued.forEach((group, index) => {
    group.hue = index % 10;
  });
  const spent = {}; // seconds per candle of all nodes of a kind
  for (const node of nodes.values()) spent[node.kind] = (spent[node.kind] ?? 0) + (perCandle(node) ?? 0);
  return { project: lineage.project, run: lineage.run ?? {}, nodes, groups, spent };
}

// Every node on a way from one node to another, whichever of the two comes first; none when no way leads there.
function wayBetween(graph, from, to) {
  const reached = (start, side) => {
    const found = new Set([start]);
    for (const name of found) graph.nodes.get(name)[side].forEach((other) => found.add(other));
    return found;
  };
  const between = (a, b) => {
    const above = reached(b, "ins");
    return [...reached(a, "outs")].filter((name) => above.has(name));
  };
  const there = between(from, to);
  return there.length ? there : between(to, from);
}

// The candle columns that the given nodes read.
function candlesOf(graph, names) {
  const read = names.flatMap((name) => graph.nodes.get(name)?.ins ?? []);
  return [...new Set(read)].filter((name) => graph.nodes.get(name).kind === "candle" && !names.includes(name));
}

function byLabel(a, b) {
  return a.label < b.label ? -1 : a.label > b.label ? 1 : a.id < b.id ? -1 : 1;
}

// Names whose text holds every word of the query; * stands for anything.
function matching(graph, query) {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .map(
      (word) =>
        new RegExp(
          word
            .split("*")
            .map((part) => part.replace(/[^\w]/g, "\\$&"))
            .join(".*"),
        ),
    );
  return [...graph.nodes.keys()].filter((name) => words.every((word) => word.test(name.toLowerCase())));
}

// What surrounds `id` (a node, a group, or null for everything), or the names `given`, within `hops` edges each way (0: no limit).
// Returns the names shown, the folds that stand for many neighbours, the edges between them, and how many edges are cut.
function surroundings(graph, id, hops, given = null) {
  const seeds =
    given ?? (id === null ? [...graph.nodes.keys()] : id.startsWith("g:") ? graph.groups.get(id).members : [id.slice(2)]);
  const shown = new Set(seeds.slice(0, DRAWN));
  const wide = [];
  for (const side of ["ins", "outs"]) {
    let rim = [...shown].filter((name) => seeds.includes(name));
    for (let hop = 0; rim.length && (hops === 0 || hop < hops); hop += 1) {
      const next = new Set();
      for (const name of rim) {
        const around = graph.nodes.get(name)[side];
        if (around.length > FOLD) wide.push([name, side]);
        else around.filter((other) => !shown.has(other)).forEach((other) => next.add(other));
      }
      rim = [...next].slice(0, DRAWN - shown.size);
      rim.forEach((name) => shown.add(name));
    }
  }
  const folds = new Map();
  const edges = [];
  const inFold = new Map(); // neighbours of a node that a fold stands for, per side
  for (const [name, side] of wide) {
    const hidden = graph.nodes.get(name)[side].filter((other) => !shown.has(other));
    inFold.set(`${side} ${name}`, hidden.length);
    for (const other of hidden) {
      const group = graph.groups.get(graph.nodes.get(other).groupId);
      const fold = `f:${side} ${name} ${group.id}`;
      if (!folds.has(fold)) {
        folds.set(fold, { id: fold, group, count: 0 });
        edges.push(side === "ins" ? [fold, `n:${name}`] : [`n:${name}`, fold]);
      }
      folds.get(fold).count += 1;
    }
  }
  const cut = new Map();
  for (const name of shown) {
    const node = graph.nodes.get(name);
    const count = (side) =>
      node[side].filter((other) => !shown.has(other)).length - (inFold.get(`${side} ${name}`) ?? 0);
    cut.set(name, { ins: count("ins"), outs: count("outs") });
    node.outs.filter((other) => shown.has(other)).forEach((other) => edges.push([node.id, `n:${other}`]));
  }
  return { names: [...shown], folds: [...folds.values()], edges, cut };
}
