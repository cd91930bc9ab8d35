// A state as the part of an address after #, so that a link holds the whole view.

function stateOfHash() {
  const state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  return "hops" in state ? { ...state, hops: Number(state.hops) } : state;
}

function keepInHash(state) {
  const pairs = Object.entries(state).filter(([, value]) => value !== null && value !== "");
  history.replaceState(history.state, "", `#${new URLSearchParams(pairs)}`);
}
