// Pan, zoom and fit of an SVG whose content is one <g>.

const READABLE = 11 / 12; // labels are 12 px and none is shown under 11: the smallest zoom a picture opens with

// bounds() returns {left, top, width, height} of what is drawn, or null; centre() the point to keep in view, or null.
function mountCamera(svg, world, { bounds, centre }) {
  let camera = { x: 0, y: 0, zoom: 1 };
  let dragged = false;

  function look(next) {
    camera = next;
    world.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.zoom})`);
    svg.classList.toggle("far", camera.zoom < READABLE - 1e-9);
  }

  // Show everything, but never smaller than `smallest`: what does not fit then is cut around the centre.
  function fit(smallest = READABLE) {
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    const whole = bounds();
    if (whole === null) return look({ x: width / 2, y: height / 2, zoom: 1 });
    const zoom = Math.max(smallest, Math.min(1.15, width / whole.width, height / whole.height));
    const middle = centre() ?? [whole.left, whole.top];
    return look({
      zoom,
      x: placed(width, whole.left * zoom, whole.width * zoom, middle[0] * zoom),
      y: placed(height, whole.top * zoom, whole.height * zoom, middle[1] * zoom),
    });
  }

  function zoomBy(factor, x = svg.clientWidth / 2, y = svg.clientHeight / 2) {
    const zoom = Math.min(3, Math.max(0.05, camera.zoom * factor));
    const kept = zoom / camera.zoom;
    look({ zoom, x: x - (x - camera.x) * kept, y: y - (y - camera.y) * kept });
  }

  // Bring a point of the picture into view, if it is not.
  function reveal([x, y]) {
    const at = [x * camera.zoom + camera.x, y * camera.zoom + camera.y];
    const size = [svg.clientWidth, svg.clientHeight];
    if (at.every((value, axis) => value > 30 && value < size[axis] - 30)) return;
    look({ ...camera, x: camera.x + size[0] / 2 - at[0], y: camera.y + size[1] / 2 - at[1] });
  }

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const area = svg.getBoundingClientRect();
    zoomBy(Math.exp(-event.deltaY / 500), event.clientX - area.left, event.clientY - area.top);
  });

  svg.addEventListener("pointerdown", (down) => {
    const start = camera;
    const move = (event) => {
      const [dx, dy] = [event.clientX - down.clientX, event.clientY - down.clientY];
      dragged ||= Math.hypot(dx, dy) > 4;
      if (dragged) look({ ...start, x: start.x + dx, y: start.y + dy });
    };
    const stop = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", stop);
    };
    dragged = false;
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
  });

  return { fit, zoomBy, reveal, dragged: () => dragged };
}

// Where a length starts on a side of a given size: in the middle when it fits, else with the point `middle` in view.
function placed(size, start, length, middle) {
  if (length <= size) return (size - length) / 2 - start;
  return Math.min(-start, Math.max(size - start - length, size / 2 - middle));
}

const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

// The nearest of some items in the direction of an arrow; distance across counts three times.
function nearestTo(item, others, [dx, dy]) {
  let best;
  let least = Infinity;
  for (const other of others) {
    const [x, y] = middleOf(other).map((value, axis) => value - middleOf(item)[axis]);
    const along = x * dx + y * dy;
    const distance = along + 3 * Math.abs(x * dy + y * dx);
    if (along > 1 && distance < least) [best, least] = [other, distance];
  }
  return best;
}
