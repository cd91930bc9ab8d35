// The row above the canvas: views, search, lens, reach; and the line below it, with counts and the command line.

const SELECTOR = /[+:,*?]|\S\s+\S/; // what is more than the beginning of a name
const HOPS = [1, 2, 3, 0]; // 0: no limit

// Returns {element, draw(state, matches, isSelection), types(element), find(), step(element, arrow)}. `selectors`: whether
// somebody evaluates them; `change` takes a part of a state, `actions` as in canvas.js, `state()` is the present one.
function mountToolbar(graph, lenses, { selectors, change, actions, state }) {
  const views = segments(
    "view",
    VIEWS,
    (view) => view[0].toUpperCase() + view.slice(1),
    (view) => {
      const { focus, selected } = state();
      change({ view, focus: view === "focus" && !/^[sp]:/.test(focus) ? (selected ?? focus) : focus });
    },
  );
  const hops = segments(
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
  const chip = make("button.chip", { onclick: () => change({ focus: null }) });
  const hopBar = make("span.hops", {}, "edges each way", hops.element);
  const search = make("input", {
    type: "search",
    placeholder: selectors ? "Find a feature, or select: +atr_14 group:trend" : "Find a node",
    "aria-label": "find a node",
    spellcheck: "false",
    autocomplete: "off",
    oninput: () => change({ query: search.value }),
  });
  const found = make("div.found", { role: "group", "aria-label": "matches" });
  const lensBar = make("label.lens", {}, "colour by", lens);

  function drawFound(view, query, matches) {
    const words = query.trim();
    found.hidden = !words || view === "list";
    const select = make("button", { onclick: () => actions.run(words) }, words, make("small", {}, "select"));
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
    const count =
      rows.length < matches.length
        ? `${rows.length} of ${matches.length} matches; List shows all`
        : `${matches.length} found`;
    found.replaceChildren(...(selectors && SELECTOR.test(words) ? [select] : []), ...rows, make("p", {}, count));
  }

  search.addEventListener("keydown", (event) => {
    const words = search.value.trim();
    const [first] = matching(graph, words);
    if (event.key === "Escape") change({ query: "" });
    else if (event.key === "ArrowDown") found.querySelector("button")?.focus();
    else if (event.key === "Enter" && selectors && SELECTOR.test(words)) actions.run(words);
    else if (event.key === "Enter" && first !== undefined && words)
      (state().view === "list" ? actions.select : actions.focus)(`n:${first}`);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    element: make("div.toolbar", {}, views.element, make("span.search", {}, search, found), chip, lensBar, hopBar),
    draw({ view, focus, query, lens: chosen, hops: reach }, matches, isSelection) {
      views.mark(view);
      hops.mark(reach);
      hopBar.hidden = view !== "focus" || focus === null || isSelection;
      lens.value = chosen;
      chip.hidden = !isSelection;
      const words = isSelection ? (wayOf(focus)?.join(" → ") ?? focus.slice(2)) : "";
      chip.textContent = `${words}  ✕`;
      chip.setAttribute("aria-label", `clear the selection ${words}`);
      if (search.value !== query) search.value = query;
      drawFound(view, query, matches);
    },
    types: (element) => element === search,
    find: () => search.focus(),
    step(element, [, down]) {
      if (!found.contains(element)) return false;
      (down > 0 ? element.nextElementSibling : element.previousElementSibling)?.focus();
      return true;
    },
  };
}

// `folded` nodes stand in groups, `left` of a selection are too many for a picture, `command` lists the selection.
function drawFooter(footer, graph, state, lens, { count, folded, left, command }) {
  const [nodes, groups] = [plural(graph.nodes.size, "node"), plural(graph.groups.size, "group")];
  const parts = [
    folded && state.view === "focus" ? `, ${folded} more in groups` : "",
    left > 0 ? `, ${left} more in the list` : "",
  ];
  const more = parts.join("");
  const words =
    state.view === "groups"
      ? [make("b", {}, groups), ` of ${nodes}`]
      : ["Showing ", make("b", {}, count.toLocaleString("en")), ` of ${nodes}${more} · ${groups}`];
  const tallied = tally(graph.nodes.keys(), graph, lens).flatMap(({ tone, text, count: many }) => [
    " · ",
    toneDot(tone, `${many} ${text}`),
  ]);
  footer.replaceChildren(
    make("span", {}, ...words, ...tallied),
    copied(commandOf(graph, state, command), "the same on the command line; a click copies it"),
  );
}

// The command line that shows what the browser shows.
function commandOf(graph, { focus, selected, view, lens }, command) {
  const id = selected ?? (view === "focus" ? focus : null);
  if (lens === "changed") return "wick plan";
  if (focus?.startsWith("s:") && command) return command;
  if (id?.startsWith("g:") && graph.groups.get(id).toggled.length) return `wick ls --all --select ${quoted(`group:${graph.groups.get(id).label}`)}`;
  if (id?.startsWith("n:")) return `wick lineage ${quoted(id.slice(2))}`;
  return "wick ls --all";
}

function quoted(text) {
  return /^[\w:+,@./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
