// Texts with their contrast and size, and the elements without a name, shadow roots included.
() => {
  const rgba = (text) => { const n = (text.match(/[\d.]+/g) ?? []).map(Number); return n.length < 3 ? [0, 0, 0, 0] : [n[0], n[1], n[2], n[3] ?? 1]; };
  const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (colour) => colour.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const above = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const under = (element) => {
    const layers = [];
    for (let at = element; at; at = above(at)) {
      const rect = at.matches?.(".pill, .item") ? at.querySelector("rect") : null;
      const colour = rgba(rect ? getComputedStyle(rect).fill : getComputedStyle(at).backgroundColor);
      if (colour[3]) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
  const visible = (e) => e.getClientRects().length && e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const elements = all(document.body).filter((e) => !e.closest("style, script, title, svg defs") && visible(e));
  const texts = elements.filter((e) => [...e.childNodes].some((c) => c.nodeType === 3 && c.data.trim())).map((e) => {
    const style = getComputedStyle(e);
    const back = under(e);
    let ink = rgba(e instanceof SVGElement ? style.fill : style.color);
    let shown = 1;
    for (let at = e; at; at = above(at)) shown *= Number(getComputedStyle(at).opacity);
    ink = over([ink[0], ink[1], ink[2], ink[3] * shown], back);
    const [a, b] = [light(ink), light(back)];
    const scale = e instanceof SVGElement ? e.getScreenCTM().a : 1;
    return { text: e.textContent.slice(0, 60), contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size: parseFloat(style.fontSize) * scale, disabled: !!e.closest("[disabled], [aria-disabled=true]") };
  });
  const named = (e) => (e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent || e.title || e.labels?.length || e.placeholder || "") !== "";
  const unnamed = elements.filter((e) => e.matches("button, input:not([type=hidden]), select, textarea, [role=button], a[href]") && e.tabIndex >= 0 && !named(e)).map((e) => e.outerHTML.slice(0, 160));
  return { texts, unnamed };
}
