// Layered layout of a DAG, left to right: longest-path ranks, one chain of dummies per source, barycentre sweeps for the
// order within a rank, then heights that follow the neighbours. The same boxes and edges give the same picture,
// in whatever order they come.

const RANK_GAP = 80; // room for a +n on both sides
const ROW_GAP = 10;
const SWEEPS = 8;

// boxes: [{id, width, height, first}] (`first` pins a box to the first rank); edges: [[from id, to id]].
// Returns {width, height, boxes: Map id -> {x, y, width, height}, edges: [{from, to, points: [[x, y], ...]}]}.
function layeredLayout(boxes, edges) {
  const items = new Map(
    [...boxes].sort((a, b) => (a.id < b.id ? -1 : 1)).map((box) => [box.id, { ...box, ins: [], outs: [] }]),
  );
  const links = [...edges].sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1));
  rankByLongestPath(items, links);
  const routes = routeThroughDummies(items, links);
  const ranks = [];
  for (const item of items.values()) (ranks[item.rank] ??= []).push(item);
  orderByBarycentre(ranks);
  placeRows(ranks);
  return measured(ranks, routes);
}

function rankByLongestPath(items, links) {
  const outs = new Map([...items.keys()].map((id) => [id, []]));
  const waiting = new Map([...items.keys()].map((id) => [id, 0]));
  for (const [from, to] of links) {
    outs.get(from).push(to);
    waiting.set(to, waiting.get(to) + 1);
  }
  const queue = [...items.keys()].filter((id) => waiting.get(id) === 0);
  const sources = new Set(queue);
  for (const id of queue) items.get(id).rank = 0;
  for (let next = 0; next < queue.length; next += 1) {
    for (const to of outs.get(queue[next])) {
      items.get(to).rank = Math.max(items.get(to).rank ?? 0, items.get(queue[next]).rank + 1);
      waiting.set(to, waiting.get(to) - 1);
      if (waiting.get(to) === 0) queue.push(to);
    }
  }
  if (queue.length < items.size) throw new Error("the lineage holds a cycle");
  // A source stands just before its first reader rather than far to the left of it.
  for (const id of sources) {
    const readers = outs.get(id).map((to) => items.get(to).rank);
    if (readers.length && !items.get(id).first) items.get(id).rank = Math.min(...readers) - 1;
  }
}

// An edge over several ranks passes through one dummy per rank; edges of one source share them.
function routeThroughDummies(items, links) {
  const joined = new Set();
  const join = (from, to) => {
    if (joined.has(`${from.id} ${to.id}`)) return;
    joined.add(`${from.id} ${to.id}`);
    from.outs.push(to);
    to.ins.push(from);
  };
  return links.map(([source, target]) => {
    const from = items.get(source),
      to = items.get(target);
    const path = [from];
    for (let rank = from.rank + 1; rank < to.rank; rank += 1) {
      const id = `d:${rank} ${source}`;
      if (!items.has(id)) items.set(id, { id, rank, dummy: true, width: 0, height: 4, ins: [], outs: [] });
      path.push(items.get(id));
    }
    path.push(to);
    path.slice(1).forEach((item, index) => join(path[index], item));
    return { from: source, to: target, path };
  });
}

function orderByBarycentre(ranks) {
  const number = (rank) =>
    rank.forEach((item, index) => {
      item.order = index;
    });
  ranks.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    for (const rank of forward ? ranks : [...ranks].reverse()) {
      for (const item of rank)
        item.pull = mean((forward ? item.ins : item.outs).map((other) => other.order)) ?? item.order;
      rank.sort((a, b) => a.pull - b.pull || a.order - b.order);
      number(rank);
    }
  }
}

// Each rank in turn moves as close to its neighbours as its order allows.
function placeRows(ranks) {
  for (const rank of ranks)
    settle(
      rank,
      rank.map(() => 0),
    );
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    for (const rank of forward ? ranks : [...ranks].reverse()) {
      settle(
        rank,
        rank.map((item) => mean((forward ? item.ins : item.outs).map((other) => other.y)) ?? item.y),
      );
    }
  }
}

// The heights nearest to `wanted` (least squares) that keep the order and the gaps: pooling of adjacent violators.
function settle(rank, wanted) {
  const offsets = [];
  rank.forEach((item, index) => {
    offsets.push(index ? offsets[index - 1] + (rank[index - 1].height + item.height) / 2 + ROW_GAP : 0);
  });
  const pools = [];
  wanted.forEach((y, index) => {
    pools.push({ sum: y - offsets[index], count: 1 });
    while (pools.length > 1 && pools.at(-2).sum / pools.at(-2).count > pools.at(-1).sum / pools.at(-1).count) {
      const last = pools.pop();
      pools.at(-1).sum += last.sum;
      pools.at(-1).count += last.count;
    }
  });
  let index = 0;
  for (const pool of pools) {
    for (let member = 0; member < pool.count; member += 1, index += 1)
      rank[index].y = pool.sum / pool.count + offsets[index];
  }
}

function measured(ranks, routes) {
  const all = ranks.flat();
  const top = Math.min(0, ...all.map((item) => item.y - item.height / 2));
  let x = 0;
  for (const rank of ranks) {
    const width = Math.max(...rank.map((item) => item.width));
    for (const item of rank) Object.assign(item, { x, y: item.y - top, span: width });
    x += width + RANK_GAP;
  }
  const corners = routes.map(({ from, to, path }) => ({
    from,
    to,
    points: path.flatMap((item) =>
      item.dummy
        ? [
            [item.x, item.y],
            [item.x + item.span, item.y],
          ]
        : item.id === from
          ? [
              [item.x + item.width, item.y],
              [item.x + item.span, item.y],
            ]
          : [[item.x, item.y]],
    ),
  }));
  const placed = all
    .filter((item) => !item.dummy)
    .map(({ id, x: left, y, width, height }) => [id, { x: left, y: y - height / 2, width, height }]);
  return {
    width: x - RANK_GAP,
    height: Math.max(...all.map((item) => item.y + item.height / 2)),
    boxes: new Map(placed),
    edges: corners,
  };
}

function mean(numbers) {
  return numbers.length ? numbers.reduce((a, b) => a + b, 0) / numbers.length : undefined;
}
