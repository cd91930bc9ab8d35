// The picture as a file.

function downloadPicture(svg, bounds, name) {
  const link = make("a", {
    href: URL.createObjectURL(new Blob([svgText(svg, bounds)], { type: "image/svg+xml" })),
    download: name,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// SVG that stands alone: what the style sheet says is written on each element.
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
