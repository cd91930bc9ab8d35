// The lineage browser: group map, focus and list, with a panel. One function, used by the HTML page and by `wick ui`.
//
// mountLineage(host, lineage, {state, onState, keys, arms, ask, preview}) fills `host`, an element with a height, with
// the object of a lineage.json. A state is {view, focus, hops, selected, query, lens}; `onState` receives it after each
// change, and the returned show(state) restores one. `keys` is what listens to the keyboard (default: the host).
//
// A host that can read the project gives `ask`: it is called with {selection, node} whenever either changes, and answers
// through receive({answer: {selection, names, problem}, details}); then the search box takes selectors and the panel has
// tests and values. `preview(name)` leaves for a chart of a column; `arms` is what the lens of that name shows.

const INITIAL = { view: "groups", focus: null, hops: 1, selected: null, query: "", lens: "group" };
const SELECTOR = /[+:,*?]|\S\s+\S/; // what is more than the beginning of a name
const VIEWS = ["groups", "focus", "list"];
const HOPS = [1, 2, 3, 0]; // 0: no limit
const ALONE = -1; // a selection is shown as it is
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

function mountLineage(
  host,
  lineage,
  { state: given = {}, onState = () => {}, keys = host, arms = null, ask = null, preview = null } = {},
) {
  const graph = lineageGraph(lineage);
  const actions = {
    select: (id) => change({ selected: id }),
    focus: (id) => change({ view: "focus", focus: id, selected: id, query: "" }),
    showTab: (name) => {
      actions.tab = name;
      draw();
    },
    preview,
    tab: "Code",
    details: ask ? {} : null,
  };
  const lenses = lensesOf(graph, arms);
  let answer = { selection: "", names: [], problem: "" };
  let asked = JSON.stringify({ selection: "", node: "" }); // nothing needs no answer
  let state = INITIAL;
  let scene = { items: new Map(), edges: [] };
  let drawn = ""; // which scene that is

  // ---- the parts of the page

  const choice = (label, values, text, pick) => {
    const buttons = values.map((value) => make("button", { onclick: () => pick(value) }, text(value)));
    const element = make("span.segments", { role: "group", "aria-label": label }, buttons);
    const mark = (chosen) =>
      buttons.forEach((button, index) => button.setAttribute("aria-pressed", values[index] === chosen));
    return { element, mark };
  };
  const views = choice(
    "view",
    VIEWS,
    (view) => view[0].toUpperCase() + view.slice(1),
    (view) => change({ view, focus: view === "focus" ? (state.selected ?? state.focus) : state.focus }),
  );
  const hops = choice(
    "edges each way",
    HOPS,
    (count) => (count ? String(count) : "all"),
    (count) => change({ hops: count }),
  );
  const lens = make(
    "select",
    { "aria-label": "lens", onchange: () => change({ lens: lens.value }) },
    lenses.map(({ name, missing }) =>
      make("option", { value: name, disabled: missing !== "", title: missing }, missing ? `${name} (${missing})` : name),
    ),
  );
  const lensBar = make("label.lens", {}, "colour by", lens);
  const chip = make("button.chip", { title: "clear the selection", onclick: () => change({ focus: null }) });
  const hopBar = make("span.hops", {}, "edges each way", hops.element);
  const search = make("input", {
    type: "search",
    placeholder: ask ? "Find, or select: 1+atr_14+1  group:trend  *_20   /" : "Find a node   /",
    "aria-label": "find a node",
    spellcheck: "false",
    autocomplete: "off",
    oninput: () => change({ query: search.value }),
  });
  const found = make("div.found", { role: "group", "aria-label": "matches" });
  const world = make("svg:g");
  const svg = make("svg:svg", { role: "group", "aria-label": "lineage" }, world);
  const zoom = make("div.zoom");
  const canvas = make("div.canvas", {}, svg, zoom);
  const list = make("div.list");
  const panel = make("aside", { "aria-label": "details" });
  const footer = make("footer", { role: "status" });
  const toolbar = make("div.toolbar", {}, views.element, make("span.search", {}, search, found), chip, lensBar, hopBar);
  const root = make("div.wick-lineage", {}, toolbar, make("div.body", {}, canvas, list, panel), footer);
  host.replaceChildren(root);
  const camera = mountCamera(canvas, svg, world, {
    bounds: () => boundsOf(scene),
    centre: () => middleOf(scene.items.get(state.focus)),
  });
  const tools = [
    ["+", "zoom in", () => camera.zoomBy(1.25)],
    ["−", "zoom out", () => camera.zoomBy(0.8)],
    ["⤢", "fit (f)", () => camera.fit(0)],
    ["↓", "download as SVG", download],
  ];
  zoom.append(...tools.map(([text, title, onclick]) => make("button", { title, "aria-label": title, onclick }, text)));

  // ---- state

  function valid(wanted) {
    const known = (id) => (graph.groups.has(id) || (id?.startsWith("n:") && graph.nodes.has(id.slice(2))) ? id : null);
    const selection = ask && wanted.focus?.startsWith("s:") ? wanted.focus : null;
    const next = { ...INITIAL, ...wanted };
    return {
      view: VIEWS.includes(next.view) ? next.view : INITIAL.view,
      focus: selection ?? known(next.focus),
      hops: HOPS.includes(next.hops) ? next.hops : INITIAL.hops,
      selected: known(next.selected),
      query: String(next.query),
      lens: lenses.some(({ name, missing }) => name === next.lens && !missing) ? next.lens : INITIAL.lens,
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

  // The names of the selection; null when there is none, and nothing until the host has answered.
  function selected() {
    return selection() ? (answer.selection === selection() ? answer.names : []) : null;
  }

  function askHost() {
    if (!ask) return;
    const node = state.selected?.startsWith("n:") ? state.selected.slice(2) : "";
    const question = { selection: selection(), node: graph.nodes.get(node)?.previewed ? node : "" };
    if (asked === JSON.stringify(question)) return;
    asked = JSON.stringify(question);
    ask(question);
  }

  // ---- drawing

  function draw() {
    const chosen = selected();
    actions.lens = lenses.find(({ name }) => name === state.lens);
    const matches = matching(graph, state.query).filter((name) => chosen === null || chosen.includes(name));
    views.mark(state.view);
    hops.mark(state.hops);
    hopBar.hidden = state.view !== "focus" || state.focus === null || chosen !== null;
    lens.value = state.lens;
    chip.hidden = chosen === null;
    chip.textContent = `${selection()}  ✕`;
    chip.setAttribute("aria-label", `clear the selection ${selection()}`);
    canvas.hidden = state.view === "list";
    list.hidden = state.view !== "list";
    if (search.value !== state.query) search.value = state.query;
    drawFound(matches);
    drawPanel(panel, graph, state.selected, state.view === "focus" ? state.focus : null, actions);
    if (chosen !== null && answer.selection === selection() && answer.problem)
      panel.prepend(make("p.problem", { role: "alert" }, answer.problem));
    if (state.view === "list") list.replaceChildren(nodeTable(graph, matches, state.selected, actions));
    else drawScene(matches);
    drawFooter(matches);
  }

  function drawFound(matches) {
    found.hidden = !state.query.trim() || state.view === "list";
    const words = state.query.trim();
    const select = make("button", { onclick: () => run(words) }, words, make("small", {}, "select"));
    const rows = matches
      .slice(0, 12)
      .map((name) =>
        make(
          "button",
          { onclick: () => actions.focus(`n:${name}`) },
          name,
          make("small", {}, graph.nodes.get(name).groupLabel),
        ),
      );
    found.replaceChildren(
      ...(ask && SELECTOR.test(words) ? [select] : []),
      ...rows,
      make(
        "p",
        {},
        rows.length < matches.length
          ? `${rows.length} of ${matches.length} matches; List shows all`
          : `${matches.length} found`,
      ),
    );
  }

  function drawScene(matches) {
    const chosen = selected();
    const wanted = state.view === "groups" ? "groups" : `${state.hops} ${state.focus} ${chosen?.length}`;
    if (drawn !== `${wanted} ${state.lens}`) {
      const moved = !drawn.startsWith(`${wanted} `);
      drawn = `${wanted} ${state.lens}`;
      scene =
        state.view === "groups"
          ? groupScene(graph, canvas.clientWidth / READABLE, actions.lens)
          : focusScene(graph, state.focus, chosen === null ? state.hops : ALONE, actions.lens, chosen);
      const items = [...scene.items.values()];
      world.replaceChildren(
        ...[...scene.edges, ...items].map(({ element }) => element),
        make("svg:text.empty", {}, scene.note),
      );
      if (moved) camera.fit();
    }
    const hits = state.query.trim() || chosen !== null
      ? new Set(matches.flatMap((name) => [`n:${name}`, graph.nodes.get(name).groupId]))
      : null;
    for (const { element, target } of scene.items.values()) {
      element.classList.toggle("miss", hits !== null && !hits.has(target));
      element.classList.toggle("selected", target === state.selected);
      element.setAttribute("aria-pressed", target === state.selected);
    }
    setTabStop(scene.items.has(state.selected) ? state.selected : scene.items.keys().next().value);
    light(null);
  }

  function drawFooter(matches) {
    const [nodes, groups] = [plural(graph.nodes.size, "node"), plural(graph.groups.size, "group")];
    const count = state.view === "list" ? matches.length : scene.shown;
    const words =
      state.view === "groups"
        ? [make("b", {}, groups), ` of ${nodes}`]
        : [
            "Showing ",
            make("b", {}, String(count)),
            ` of ${nodes}${state.view === "focus" && scene.folded ? `, ${scene.folded} more in groups` : ""} · ${groups}`,
          ];
    const parts = tally(graph.nodes.keys(), graph, actions.lens).flatMap(({ tone, text, count: many }) => [
      " · ",
      toneDot(tone, `${many} ${text}`),
    ]);
    footer.replaceChildren(
      make("span", {}, ...words, ...parts),
      make("span", {}, "arrows move · Enter opens · / finds · f fits · Esc clears"),
    );
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

  function download() {
    const link = make("a", {
      href: URL.createObjectURL(new Blob([svgText(svg, boundsOf(scene))], { type: "image/svg+xml" })),
      download: `${graph.project}-lineage.svg`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // ---- pointer and keyboard

  const itemOf = (event) => scene.items.get(event.target.closest?.(".item")?.dataset.id);

  svg.addEventListener("click", (event) => {
    if (!camera.dragged()) actions.select(itemOf(event)?.target ?? null);
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

  search.addEventListener("keydown", (event) => {
    const [first] = matching(graph, state.query);
    if (event.key === "Escape") change({ query: "" });
    else if (event.key === "ArrowDown") found.querySelector("button")?.focus();
    else if (event.key === "Enter" && ask && SELECTOR.test(state.query.trim())) run(state.query.trim());
    else if (event.key === "Enter" && first !== undefined && state.query.trim())
      (state.view === "list" ? actions.select : actions.focus)(`n:${first}`);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function run(words) {
    change({ view: state.view === "list" ? "list" : "focus", focus: `s:${words}`, selected: null, query: "" });
  }

  function onKey(event) {
    const active = root.getRootNode().activeElement;
    const arrow = ARROWS[event.key];
    const item = svg.contains(active) ? scene.items.get(active.dataset.id) : undefined;
    if (event.ctrlKey || event.metaKey || event.altKey || active === search) return;
    if (event.key === "/") search.focus();
    else if (event.key === "Escape")
      change(
        state.query ? { query: "" } : state.selected ? { selected: null } : { view: "groups", focus: selection() ? null : state.focus },
      );
    else if (event.key === "f" && state.view !== "list") camera.fit(0);
    else if (arrow && found.contains(active))
      (arrow[1] > 0 ? active.nextElementSibling : active.previousElementSibling)?.focus();
    else if (arrow && state.view !== "list" && (item || active === null || active === document.body)) step(item, arrow);
    else if (item && (event.key === "Enter" || event.key === " ")) open(item.target);
    else return;
    event.preventDefault();
  }

  // A group opens; a node is selected first, and put in focus when it already is.
  function open(id) {
    if (id === state.selected || id.startsWith("g:")) actions.focus(id);
    else actions.select(id);
    (scene.items.get(id) ?? scene.items.values().next().value)?.element.focus({ preventScroll: true });
  }

  // To the nearest item in the direction of the arrow; distance across counts three times.
  function step(item, [dx, dy]) {
    let best = item
      ? undefined
      : (scene.items.get(state.selected) ?? scene.items.get(state.focus) ?? scene.items.values().next().value);
    let least = Infinity;
    for (const other of item ? scene.items.values() : []) {
      const [x, y] = middleOf(other).map((value, axis) => value - middleOf(item)[axis]);
      const along = x * dx + y * dy;
      const distance = along + 3 * Math.abs(x * dy + y * dx);
      if (along > 1 && distance < least) [best, least] = [other, distance];
    }
    best?.element.focus({ preventScroll: true });
    if (best) camera.reveal(middleOf(best));
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
      draw();
    },
    destroy: () => {
      watcher.disconnect();
      keys.removeEventListener("keydown", onKey);
      host.replaceChildren();
    },
  };
}

// The picture as a file that stands alone: what the style sheet says is written on each element.
function svgText(svg, bounds) {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg, copy].map((element) => [element, ...element.querySelectorAll("*")]);
  const styles = [
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "opacity",
    "visibility",
    "font-family",
    "font-size",
    "font-weight",
  ];
  from.forEach((element, index) =>
    styles.forEach((style) => to[index].setAttribute(style, getComputedStyle(element).getPropertyValue(style))),
  );
  const { left, top, width, height } = bounds ?? { left: 0, top: 0, width: 1, height: 1 };
  copy.firstChild.removeAttribute("transform");
  Object.entries({ viewBox: [left, top, width, height].join(" "), width, height }).forEach(([name, value]) =>
    copy.setAttribute(name, value),
  );
  return new XMLSerializer().serializeToString(copy);
}
