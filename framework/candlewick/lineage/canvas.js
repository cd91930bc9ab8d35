// The lineage browser: group map, focus and list, with a panel. One function, used by the HTML page and by `wick ui`.
//
// mountLineage(host, lineage, {state, onState, keys, arms, ask, preview, toggle}) fills `host`, an element with a height,
// with the object of a lineage.json. A state is {view, focus, hops, selected, query, lens, sort}; `onState` receives it
// after each change, and the returned show(state) restores one. `keys` is what listens to the keyboard (default: the host).
// A focus is an id (graph.js), "s:" and a selector, or "p:" and two names: the ways between them.
//
// A host that can read the project gives `ask`: it is called with {selection, node, plan} whenever one of them changes, and
// answers through receive({answer: {selection, names, problem, command}, details, plan: {steps, problem}}); then the search box
// takes selectors, the panel has tests and values, and a lens shows what a run would change. `preview(name)` leaves for a chart of a column, `toggle(group)` for a comparison with that group
// switched; `arms` is what the lens of that name shows.

const INITIAL = { view: "groups", focus: null, hops: 1, selected: null, query: "", lens: "group", sort: "" };
const VIEWS = ["groups", "focus", "list"];
const ALONE = -1; // a selection is shown as it is
const UPSTREAM = /(^|[\s,])\+/; // a selection of all that is upstream goes down to the candle columns
const EXCLUDE = /(?:^|\s)(?:--exclude|-e)\s/; // what comes after is left out
const TYPED = "input, textarea, select, [contenteditable]"; // what takes keys for itself, outside of ours
const NOTHING = { selection: "", node: "", plan: "" };

function mountLineage(
  host,
  lineage,
  { state: given = {}, onState = () => {}, keys = host, arms = null, ask = null, preview = null, toggle = null } = {},
) {
  const graph = lineageGraph(lineage);
  const plan = ask ? { steps: [], asked: "", problem: "" } : null;
  const lenses = lensesOf(graph, arms, plan);
  const actions = {
    select: (id) => change({ selected: id }),
    focus: (id) => change({ view: "focus", focus: id, selected: id, query: "" }),
    path: (from, to) => change({ view: "focus", focus: `p:${from} ${to}`, selected: `n:${to}`, query: "" }),
    run: (words) =>
      change({ view: state.view === "list" ? "list" : "focus", focus: `s:${words}`, selected: null, query: "" }),
    sort: (sort) => change({ sort }),
    showTab: (name) => {
      actions.tab = name;
      drawSide();
    },
    preview,
    toggle,
    plan,
    tab: "Code",
    details: ask ? {} : null,
  };
  let answer = { selection: "", names: [], problem: "", command: "" };
  let asked = JSON.stringify(NOTHING); // which needs no answer
  let state = INITIAL;
  let scene = { items: new Map(), edges: [] };
  let drawn = ""; // which scene that is
  let listed = ""; // which list

  // ---- the parts of the page

  const bar = mountToolbar(graph, lenses, { selectors: ask !== null, change: (part) => change(part), actions, state: () => state });
  const world = make("svg:g");
  const svg = make("svg:svg", { role: "group", "aria-label": "lineage" }, world);
  const zoom = make("div.zoom");
  const canvas = make("div.canvas", {}, svg, zoom);
  const list = make("div.list");
  const panel = make("aside", { "aria-label": "details" });
  const footer = make("footer", { role: "status" });
  const root = make("div.wick-lineage", {}, bar.element, make("div.body", {}, canvas, list, panel), footer);
  host.replaceChildren(root);
  const camera = mountCamera(svg, world, {
    bounds: () => boundsOf(scene),
    centre: () => middleOf(scene.items.get(state.focus)),
  });
  const tools = [
    ["+", "zoom in", () => camera.zoomBy(1.25)],
    ["−", "zoom out", () => camera.zoomBy(0.8)],
    ["⤢", "fit (f)", () => camera.fit(0)],
    ["↓", "download as SVG", () => downloadPicture(svg, boundsOf(scene), `${graph.project}-lineage.svg`)],
  ];
  zoom.append(...tools.map(([text, title, onclick]) => make("button", { title, "aria-label": title, onclick }, text)));

  // ---- state

  function valid(wanted) {
    const named = (id) => id?.startsWith("n:") && graph.nodes.has(id.slice(2));
    const known = (id) => (graph.groups.has(id) || named(id) ? id : null);
    const next = { ...INITIAL, ...wanted };
    const chosen = { s: ask !== null, p: wayOf(next.focus)?.every((name) => graph.nodes.has(name)) };
    return {
      view: VIEWS.includes(next.view) ? next.view : INITIAL.view,
      focus: chosen[next.focus?.split(":")[0]] ? next.focus : known(next.focus),
      hops: HOPS.includes(next.hops) ? next.hops : INITIAL.hops,
      selected: known(next.selected),
      query: String(next.query),
      lens: lenses.some(({ name, missing }) => name === next.lens && !missing) ? next.lens : INITIAL.lens,
      sort: COLUMNS.some(({ key }) => key === next.sort.replace(/^-/, "")) ? next.sort : INITIAL.sort,
    };
  }

  function change(part) {
    state = valid({ ...state, ...part });
    draw();
    onState({ ...state });
    askHost();
  }

  function selection() {
    return state.focus?.startsWith("s:") ? state.focus.slice(2) : "";
  }

  // The names that a selection or a way holds; null when the focus is neither, and none until the host has answered.
  function selected() {
    const way = wayOf(state.focus);
    if (way) return wayBetween(graph, ...way);
    if (!selection()) return null;
    const names = answer.selection === selection() ? answer.names : [];
    return UPSTREAM.test(selection().split(EXCLUDE)[0]) ? [...names, ...candlesOf(graph, names)] : names;
  }

  function askHost() {
    if (!ask) return;
    const node = state.selected?.startsWith("n:") ? state.selected.slice(2) : "";
    if (state.lens === "changed") plan.asked ||= String(Date.now()); // a new number asks again
    else plan.asked = "";
    const question = { selection: selection(), node: graph.nodes.get(node)?.previewed ? node : "", plan: plan.asked };
    if (asked === JSON.stringify(question)) return;
    asked = JSON.stringify(question);
    ask(question);
  }

  // ---- drawing

  function draw() {
    const chosen = selected();
    const lens = lenses.find(({ name }) => name === state.lens);
    const matches = matching(graph, state.query).filter((name) => chosen === null || chosen.includes(name));
    actions.lens = lens;
    bar.draw(state, matches, chosen !== null);
    canvas.hidden = state.view === "list";
    list.hidden = state.view !== "list";
    drawSide();
    if (state.view === "list") drawList(matches);
    else drawScene(matches, chosen);
    const count = state.view === "list" ? matches.length : scene.shown;
    const left = state.view === "focus" && chosen !== null ? chosen.length - scene.shown : 0;
    const command = answer.selection === selection() ? answer.command : "";
    drawFooter(footer, graph, state, lens, { count, folded: scene.folded, left, command });
  }

  function drawSide() {
    drawPanel(panel, graph, state.selected, state.view === "focus" ? state.focus : null, actions);
    if (state.lens === "changed" && plan.problem) panel.prepend(make("p.problem", { role: "alert" }, plan.problem));
    if (selection() && answer.selection === selection() && answer.problem)
      panel.prepend(make("p.problem", { role: "alert" }, answer.problem));
  }

  function drawList(matches) {
    const wanted = JSON.stringify([matches, state.sort]);
    if (listed !== wanted) {
      listed = wanted;
      list.replaceChildren(nodeTable(graph, matches, state.selected, state.sort, actions));
    }
    for (const row of list.querySelectorAll("tbody tr")) row.classList.toggle("selected", row.dataset.id === state.selected);
  }

  function drawScene(matches, chosen) {
    const wanted = state.view === "groups" ? "groups" : `${state.hops} ${state.focus} ${chosen?.length}`;
    const look = `${wanted} ${state.lens} ${state.lens === "changed" ? plan.steps.length : ""}`;
    if (drawn !== look) {
      const before = drawn.startsWith(`${wanted} `) ? JSON.stringify(boundsOf(scene)) : "";
      drawn = look;
      scene =
        state.view === "groups"
          ? groupScene(graph, canvas.clientWidth / READABLE, actions.lens)
          : focusScene(graph, state.focus, chosen === null ? state.hops : ALONE, actions.lens, chosen);
      const items = [...scene.items.values()];
      world.replaceChildren(
        ...[...scene.edges, ...items].map(({ element }) => element),
        make("svg:text.empty", {}, scene.note),
      );
      if (before !== JSON.stringify(boundsOf(scene))) camera.fit(); // another picture, or a lens with longer words
    }
    const narrowed = state.query.trim() || (chosen !== null && state.view === "groups");
    const hits = narrowed ? new Set(matches.flatMap((name) => [`n:${name}`, graph.nodes.get(name).groupId])) : null;
    for (const { element, target } of scene.items.values()) {
      element.classList.toggle("miss", hits !== null && !hits.has(target));
      element.classList.toggle("selected", target === state.selected);
      element.setAttribute("aria-pressed", target === state.selected);
    }
    setTabStop(scene.items.has(state.selected) ? state.selected : scene.items.keys().next().value);
    light(null);
  }

  // Light what is upstream of an item blue and what is downstream orange: of the one pointed at, else the selected.
  // On the group map only direct neighbours, because groups feed each other in circles.
  function light(pointed) {
    const id = pointed ?? (scene.items.has(state.selected) ? state.selected : null);
    const far = state.view === "focus";
    const up = reach(id, "to", "from", far),
      down = reach(id, "from", "to", far);
    for (const { from, to, element } of scene.edges) {
      element.classList.toggle("up", up.has(from) && (to === id || (far && up.has(to))));
      element.classList.toggle("down", down.has(to) && (from === id || (far && down.has(from))));
    }
    for (const [other, { element }] of scene.items) {
      element.classList.toggle("up", up.has(other));
      element.classList.toggle("down", down.has(other));
      element.classList.toggle("dim", pointed !== null && other !== id && !up.has(other) && !down.has(other));
    }
  }

  function reach(id, here, there, far) {
    const found = new Set();
    const queue = id === null ? [] : [id];
    for (const next of queue) {
      for (const edge of scene.edges) {
        if (edge[here] !== next || found.has(edge[there])) continue;
        found.add(edge[there]);
        if (far) queue.push(edge[there]);
      }
    }
    return found;
  }

  // ---- pointer and keyboard

  const itemOf = (event) => scene.items.get(event.target.closest?.(".item")?.dataset.id);
  const isNode = (id) => id?.startsWith("n:") ?? false;

  svg.addEventListener("click", (event) => {
    const target = itemOf(event)?.target ?? null;
    if (camera.dragged()) return;
    if (event.shiftKey && isNode(target) && isNode(state.selected) && target !== state.selected)
      actions.path(state.selected.slice(2), target.slice(2));
    else actions.select(target);
  });
  svg.addEventListener("dblclick", (event) => {
    if (itemOf(event)) actions.focus(itemOf(event).target);
  });
  svg.addEventListener("pointerover", (event) => light(itemOf(event)?.id ?? null));
  svg.addEventListener("pointerleave", () => light(null));
  svg.addEventListener("focusin", (event) => {
    if (itemOf(event)) setTabStop(itemOf(event).id);
  });

  function setTabStop(id) {
    for (const [other, { element }] of scene.items) element.setAttribute("tabindex", other === id ? 0 : -1);
  }

  function onKey(event) {
    const active = root.getRootNode().activeElement;
    const arrow = ARROWS[event.key];
    const item = svg.contains(active) ? scene.items.get(active.dataset.id) : undefined;
    const elsewhere = !root.contains(event.composedPath()[0]) && event.composedPath()[0].matches?.(TYPED);
    if (event.ctrlKey || event.metaKey || event.altKey || elsewhere || bar.types(active)) return;
    if (event.key === "/") bar.find();
    else if (event.key === "Escape") change(back());
    else if (event.key === "f" && state.view !== "list") camera.fit(0);
    else if (arrow && bar.step(active, arrow)) return void event.preventDefault();
    else if (arrow && state.view !== "list" && (item || active === null || active === document.body)) step(item, arrow);
    else if (item && (event.key === "Enter" || event.key === " ")) open(item.target);
    else return;
    event.preventDefault();
  }

  function back() {
    if (state.query) return { query: "" };
    if (state.selected) return { selected: null };
    return { view: "groups", focus: selected() ? null : state.focus };
  }

  // A group opens; a node is selected first, and put in focus when it already is.
  function open(id) {
    if (id === state.selected || id.startsWith("g:")) actions.focus(id);
    else actions.select(id);
    (scene.items.get(id) ?? scene.items.values().next().value)?.element.focus({ preventScroll: true });
  }

  function step(item, arrow) {
    const start = scene.items.get(state.selected) ?? scene.items.get(state.focus) ?? scene.items.values().next().value;
    const next = item ? nearestTo(item, scene.items.values(), arrow) : start;
    next?.element.focus({ preventScroll: true });
    if (next) camera.reveal(middleOf(next));
  }

  // ---- start

  state = valid(given);
  draw();
  askHost();
  keys.addEventListener("keydown", onKey);
  const watcher = new ResizeObserver(() => {
    if (state.view !== "list") camera.fit();
  });
  watcher.observe(canvas);
  return {
    show: (next) => {
      state = valid(next);
      draw();
      askHost();
    },
    receive: (message) => {
      answer = message.answer ?? answer;
      actions.details = message.details ?? actions.details;
      if (plan) Object.assign(plan, message.plan);
      draw();
    },
    destroy: () => {
      watcher.disconnect();
      keys.removeEventListener("keydown", onKey);
      host.replaceChildren();
    },
  };
}

// The two names of a way, or null when the focus is none.
function wayOf(focus) {
  const way = /^p:(\S+) (.+)$/.exec(focus ?? "");
  return way ? way.slice(1) : null;
}
