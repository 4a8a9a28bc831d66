// What a person marks over the picture of a night: regions of interference, and lines of the network that are none.
"use strict";

const marks = (() => {
  const svg = document.getElementById("marks"), picture = document.getElementById("picture");
  const hourMs = 3600e3, leastPx = 4;
  let one = null, places = null, drag = null, changed = () => {};

  // Room of the picture within its element, in pixels: it keeps its proportions.
  function room() {
    const scale = Math.min(picture.clientWidth / picture.naturalWidth, picture.clientHeight / picture.naturalHeight);
    const width = picture.naturalWidth * scale, height = picture.naturalHeight * scale;
    return { left: picture.offsetLeft + (picture.clientWidth - width) / 2, top: picture.offsetTop + (picture.clientHeight - height) / 2, width, height };
  }

  // A panel as its frame in pixels, with the ways from hour and Hz to pixels and back.
  function panels({ width, height }) {
    const [first, last] = places.hours, [low, high] = places.band_hz;
    return places.panels.map((share) => {
      const left = share[0] * width, top = share[1] * height, wide = share[2] * width, tall = share[3] * height;
      return {
        left, top, right: left + wide, bottom: top + tall,
        x: (hour) => left + (hour - first) / (last - first) * wide,
        y: (hz) => top + (high - hz) / (high - low) * tall,
        hour: (x) => first + (x - left) / wide * (last - first),
        hz: (y) => high - (y - top) / tall * (high - low),
      };
    });
  }

  const midnight = () => Date.parse(`${one.night}T00:00:00Z`);
  const hourOf = (time) => (Date.parse(time) - midnight()) / hourMs;
  const timeOf = (hour) => new Date(midnight() + hour * hourMs).toISOString();

  function add(name, attributes, act) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (act) made.addEventListener("click", act);
    svg.append(made);
    return made;
  }

  function addRectangle(x, y, otherX, otherY, more, act) {
    const size = { x: Math.min(x, otherX), y: Math.min(y, otherY), width: Math.abs(otherX - x), height: Math.abs(otherY - y) };
    return add("rect", { ...size, ...more }, act);
  }

  function change(field, value) {
    const before = one[field];
    one[field] = value;
    draw();
    changed(one, () => { one[field] = before; draw(); });
  }

  function draw() {
    svg.replaceChildren();
    if (!one || !places || !picture.naturalWidth) return;
    const box = room();
    for (const side of ["left", "top", "width", "height"]) svg.style[side] = `${box[side]}px`;
    for (const panel of panels(box)) {
      for (const region of one.regions) {
        const [x, otherX] = [region.begin, region.end].map((time) => panel.x(hourOf(time)));
        addRectangle(x, panel.y(region.high_hz), otherX, panel.y(region.low_hz), { class: "region" },
          () => change("regions", one.regions.filter((other) => other !== region)));
      }
      for (const [name, pieces] of Object.entries(places.tracks)) {
        const harmonic = Number(name), gone = one.deleted.includes(harmonic);
        for (const piece of pieces) {
          const points = piece.map(([hour, hz]) => `${panel.x(hour)},${panel.y(hz)}`).join(" ");
          add("polyline", { points, class: gone ? "track gone" : "track", "data-harmonic": name },
            () => change("deleted", gone ? one.deleted.filter((n) => n !== harmonic) : [...one.deleted, harmonic].sort((a, b) => a - b)));
        }
      }
    }
  }

  function at(event) {
    const frame = svg.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  svg.addEventListener("pointerdown", (event) => {
    if (event.target !== svg || !one || !places) return;  // on a mark: a click takes that away
    const [x, y] = at(event);
    const panel = panels(room()).find((p) => x >= p.left && x <= p.right && y >= p.top && y <= p.bottom);
    if (!panel) return;
    drag = { panel, x, y, shown: null };
    svg.setPointerCapture(event.pointerId);
  });

  function corner(event) {
    const [x, y] = at(event), { panel } = drag;
    return [Math.max(panel.left, Math.min(x, panel.right)), Math.max(panel.top, Math.min(y, panel.bottom))];
  }

  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.shown?.remove();
    drag.shown = addRectangle(drag.x, drag.y, ...corner(event), { class: "region" });
  });

  function stop() {
    drag?.shown?.remove();
    drag = null;
  }

  svg.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { panel, x, y } = drag, [otherX, otherY] = corner(event);
    stop();
    if (Math.abs(otherX - x) < leastPx || Math.abs(otherY - y) < leastPx) return;
    const [begin, end] = [x, otherX].sort((a, b) => a - b).map((px) => timeOf(panel.hour(px)));
    const [high_hz, low_hz] = [y, otherY].sort((a, b) => a - b).map(panel.hz);
    change("regions", [...one.regions, { begin, end, low_hz, high_hz }]);
  });
  svg.addEventListener("pointercancel", stop);
  addEventListener("resize", draw);

  return {
    // Show what is marked of a night; `whenChanged` is told the night and how to take the change back.
    show(night, itsPlaces, whenChanged) {
      [one, places, changed] = [night, itsPlaces, whenChanged];
      draw();
    },
    hide() {
      [one, places] = [null, null];
      stop();
      draw();
    },
  };
})();
