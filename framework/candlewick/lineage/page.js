// The HTML page as a host of the lineage browser.

const record = JSON.parse(document.getElementById("record").textContent);
const view = mountLineage(document.getElementById("lineage"), record.lineage, {
  state: location.hash ? stateOfHash() : record.state,
  keys: document,
  onState: keepInHash,
});
window.addEventListener("hashchange", () => view.show(stateOfHash()));
