// What the canvas draws. A scene is {items, edges, shown, folded, margin, note}: items by id with their rectangle and SVG
// element (an item's `target` is what a click selects), edges with the ids of their two ends, how many nodes are drawn and
// how many stand in folded groups, and the room kept free on both sides.

const WHOLE = 120; // a project up to this size is drawn whole when nothing is in focus
const TILE = { width: 156, height: 54, gap: 10 };
const [ACROSS, DOWN] = [TILE.width + TILE.gap, TILE.height + TILE.gap];
const CHARACTER = 6.7; // the width of a 12 px character, a little generous

// Candles, groups of features, and what is made of them stand side by side; on a narrow screen below each other.
function groupScene(graph, width, lens) {
  const sorted = [...graph.groups.values()].sort(byLabel);
  const stages = [["candle"], ["feature"], ["input", "label", "fit"]].map((kinds) =>
    sorted.filter((group) => kinds.includes(group.kind)),
  );
  const fitting = Math.floor((width - 70) / (TILE.width + TILE.gap)) - 2;
  const places = fitting < 1 ? stacked(stages, width) : sideBySide(stages, fitting);
  const items = new Map(
    places.map(([group, x, y]) => [
      group.id,
      groupTile(graph, group, lens, { id: group.id, target: group.id, x, y, width: TILE.width, height: TILE.height }),
    ]),
  );
  const pairs = sorted.flatMap((group) => [...group.outs].map((reader) => [items.get(group.id), items.get(reader)]));
  const edges = pairs.map(([from, to]) => drawEdge(from.id, to.id, acrossTiles(from, to), ".quiet"));
  return { items, edges, margin: 16, shown: graph.nodes.size, note: items.size ? "" : "This project holds no nodes." };
}

// As many columns of features as are `fitting`, but about twice as many rows as columns. Returns [group, x, y].
function sideBySide([candles, features, made], fitting) {
  const columns = Math.max(1, Math.min(fitting, Math.round(Math.sqrt(features.length * 0.6))));
  const rows = Math.ceil(features.length / columns);
  const at = (group, column, row, margin) => [group, column * ACROSS + margin, row * DOWN];
  const side = (groups, column, margin) =>
    groups.map((group, index) => at(group, column, (rows - groups.length) / 2 + index, margin));
  return [
    ...side(candles, 0, 0),
    ...features.map((group, index) => at(group, 1 + (index % columns), Math.floor(index / columns), 24)),
    ...side(made, 1 + columns, 48),
  ];
}

function stacked(stages, width) {
  const columns = Math.max(1, Math.floor((width - 22) / ACROSS));
  let top = 0;
  return stages.flatMap((groups) => {
    const places = groups.map((group, index) => [
      group,
      (index % columns) * ACROSS,
      top + Math.floor(index / columns) * DOWN,
    ]);
    top += Math.ceil(groups.length / columns) * DOWN + (groups.length ? 14 : 0);
    return places;
  });
}

// `seeds` are the names of a selection; null when the focus is a node, a group or nothing.
function focusScene(graph, focus, hops, lens, seeds = null) {
  const nothing = { items: new Map(), edges: [], margin: 0, shown: 0 };
  if (focus === null && graph.nodes.size > WHOLE)
    return { ...nothing, note: "Search for a node, or open a group from the map." };
  const part = surroundings(graph, focus, hops, seeds);
  if (seeds && !part.names.length) return { ...nothing, note: "Nothing is selected." };
  if (!part.names.length) return { ...nothing, note: "This project holds no nodes." };
  const boxes = [...part.names.map((name) => measuredNode(graph.nodes.get(name), lens)), ...part.folds.map(measuredFold)];
  const layout = layeredLayout(boxes, part.edges);
  const items = new Map(
    boxes.map((box) => {
      const item = { ...box, ...layout.boxes.get(box.id) };
      return [
        item.id,
        item.fold
          ? drawFold(item)
          : drawNode(graph, item, lens, part.cut.get(item.node.name), [item.id, item.node.groupId].includes(focus)),
      ];
    }),
  );
  return {
    items,
    edges: layout.edges.map(({ from, to, points }) => drawEdge(from, to, points, "")),
    margin: 44,
    shown: part.names.length,
    folded: part.folds.reduce((sum, { count }) => sum + count, 0),
    note: "",
  };
}

function middleOf(item) {
  return item === undefined ? null : [item.x + item.width / 2, item.y + item.height / 2];
}

function boundsOf({ items, margin }) {
  if (!items.size) return null;
  const all = [...items.values()];
  const [left, top] = [Math.min(...all.map(({ x }) => x)) - margin, Math.min(...all.map(({ y }) => y)) - 20];
  const right = Math.max(...all.map(({ x, width }) => x + width)) + margin;
  const bottom = Math.max(...all.map(({ y, height }) => y + height)) + 20;
  return { left, top, width: right - left, height: bottom - top };
}

// ---- nodes

function measuredNode(node, lens) {
  const word = lens.word(node);
  const width = Math.min(260, 26 + textWidth(node.name)) + (word ? 18 + textWidth(word) : 0);
  return { id: node.id, target: node.id, node, width, height: 28, first: node.kind === "candle" };
}

function drawNode(graph, item, lens, cut, centre) {
  const { node } = item;
  const word = lens.word(node);
  const more = [
    [cut.ins, "more input"],
    [cut.outs, "more output"],
  ]
    .filter(([count]) => count)
    .map(([count, what]) => plural(count, what));
  const stub = (count, x) => (count ? drawPill(`+${count}`, x, item.height / 2) : null);
  return drawItem(
    item,
    `${barOf(graph, node, lens)}${node.status === "off" ? ".off" : ""}${centre ? ".centre" : ""}`,
    [node.kind, node.name, word, ...more].filter(Boolean).join(", "),
    make("svg:text.name", { x: 12, y: 18 }, clipped(node.name, 234)),
    word
      ? make(
          "svg:text.detail",
          { x: item.width - 8, y: 18, "text-anchor": "end" },
          make(`svg:tspan.dot.${toneOf(node, lens) ?? "plain"}`, {}, "● "),
          word,
        )
      : null,
    stub(cut.ins, -20),
    stub(cut.outs, item.width + 20),
  );
}

function measuredFold(fold) {
  const label = `${fold.group.label} · ${plural(fold.count, fold.group.kind)}`;
  return { id: fold.id, target: fold.group.id, fold, label, width: 26 + textWidth(label), height: 28 };
}

function drawFold(item) {
  return drawItem(
    item,
    `.fold${hueOf(item.fold.group)}`,
    `group, ${item.label}`,
    make("svg:text.name", { x: 12, y: 18 }, item.label),
  );
}

// ---- groups

function groupTile(graph, group, lens, item) {
  const counts = tally(group.members, graph, lens);
  const isOff = (name) => graph.nodes.get(name).status === "off";
  const word = { candle: "column", input: "frame" }[group.kind] ?? group.kind;
  const toggle = () =>
    (lens.name === "arm" && lens.word(graph.nodes.get(group.toggled[0]))) || (group.toggled.every(isOff) ? "off" : "on");
  const spoken = (part) => [
    plural(group.members.length, word),
    ...part.map(({ key, count }) => `${count} ${key}`),
  ];
  const worst = lens.hued ? counts.filter(({ key }) => key !== "ok" && key !== "off").slice(0, 1) : [];
  const pill = group.toggled.length ? drawPill(toggle(), item.width - 21, 16) : null;
  return drawItem(
    item,
    `.tile${lens.hued ? hueOf(group) : ""}${group.members.every(isOff) ? ".off" : ""}`,
    [`group ${group.label}`, ...spoken(counts)].join(", "),
    make("svg:text.name", { x: 12, y: 20 }, clipped(group.label, item.width - (pill ? 48 : 24))),
    make("svg:text.detail", { x: 12, y: 36 }, spoken(worst).join(" · ")),
    shares(counts, item.width - 24),
    pill,
  );
}

// The bar of a tile: one stretch per status, best first.
function shares(counts, width) {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  let end = 12;
  return counts.toReversed().map(({ tone, count }) => {
    const length = (count / total) * width;
    end += length;
    return make(`svg:rect.share.${tone}`, {
      x: end - length,
      y: 44,
      width: Math.max(2, length - 1),
      height: 3,
      rx: 1.5,
    });
  });
}

// A line between tiles leaves and arrives on the sides that face each other.
function acrossTiles(from, to) {
  const [left, right] = from.x < to.x ? [from, to] : [to, from];
  const middle = (item) => item.y + item.height / 2;
  return [
    [left.x + left.width, middle(left)],
    [right.x + (left.x === right.x ? right.width : 0), middle(right)],
  ];
}

// ---- the elements themselves

function drawItem(item, classes, label, ...children) {
  item.element = make(
    `svg:g.item${classes}`,
    {
      role: "button",
      tabindex: -1,
      "aria-label": label,
      "data-id": item.id,
      transform: `translate(${item.x} ${item.y})`,
    },
    make("svg:title", {}, label),
    make("svg:rect.box", { width: item.width, height: item.height, rx: 5 }),
    make("svg:rect.bar", { width: 3, height: item.height, rx: 1.5 }),
    children,
  );
  return item;
}

function drawEdge(from, to, points, classes) {
  const steps = points.slice(1).map(([x, y], index) => {
    const [left, top] = points[index];
    const bend = Math.max(24, Math.abs(x - left) / 2);
    const arrival = x > left ? x - bend : x + bend; // two tiles of one column: the line bows out beside them
    return top === y ? `L${x} ${y}` : `C${left + bend} ${top} ${arrival} ${y} ${x} ${y}`;
  });
  return { from, to, element: make(`svg:path.edge${classes}`, { d: `M${points[0].join(" ")}${steps.join("")}` }) };
}

function drawPill(text, x, y) {
  const width = 12 + textWidth(text) * 0.92;
  return make(
    "svg:g.pill",
    {},
    make("svg:rect", { x: x - width / 2, y: y - 8, width, height: 16, rx: 8 }),
    make("svg:text", { x, y: y + 4, "text-anchor": "middle" }, text),
  );
}

// What colours the bar of a node: its group, or its part of another lens.
function barOf(graph, node, lens) {
  return lens.hued ? hueOf(graph.groups.get(node.groupId)) : `.${toneOf(node, lens) ?? "plain"}`;
}

function hueOf(group) {
  return group.hue === undefined ? "" : `.hue-${group.hue}`;
}

function textWidth(text) {
  return Math.ceil(text.length * CHARACTER);
}

function clipped(text, width) {
  return textWidth(text) <= width ? text : `${text.slice(0, Math.floor(width / CHARACTER) - 1)}…`;
}
