// The HTML page as a host: its state lives in location.hash, so that a link holds the whole view.

const host = document.getElementById("lineage");
const record = JSON.parse(document.getElementById("record").textContent);

function stateOfHash() {
  const pairs = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  return "hops" in pairs ? { ...pairs, hops: Number(pairs.hops) } : pairs;
}

function hashOfState(state) {
  return `#${new URLSearchParams(Object.entries(state).filter(([, value]) => value !== null && value !== ""))}`;
}

const started = location.hash ? stateOfHash() : record.state ?? {};
const view = mountLineage(host, record.lineage, {
  state: started,
  keys: document,
  onState: (state) => history.replaceState(null, "", hashOfState(state)),
});
window.addEventListener("hashchange", () => view.show(stateOfHash()));
