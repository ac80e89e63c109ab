"use strict";
// The curve of equity and drawdown: drawn at the size of its box, read by pointer or keys, zoomed by dragging.
(() => {
  const curve = JSON.parse(document.getElementById("curve").textContent);
  const [explorer, svg, readout, reset] = ["explorer", "chart", "readout", "reset"].map((id) => document.getElementById(id));
  const last = curve.time.length - 1, left = 58, top = 8, gap = 18;
  let view = [0, last], cursor = last, brush = null, map = null;

  const money = (v) => v.toLocaleString("en-US", { maximumFractionDigits: Math.abs(v) < 1000 || !curve.held ? 2 : 0 });
  const short = (v, digits) => v.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: digits });
  const percent = (v) => (100 * v).toFixed(v && Math.abs(v) < 1e-3 ? 4 : 1).replace("-", "\u2212") + "%";
  const date = (ms, from, to) => new Date(ms).toISOString().replace("T", " ").slice(from, to);
  const add = (name, attributes, text = "") => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    node.textContent = text;
    return svg.appendChild(node);
  };
  const range = (values, [from, to]) => {
    let low = Infinity, high = -Infinity;
    for (let i = from; i <= to; i++) { low = Math.min(low, values[i]); high = Math.max(high, values[i]); }
    return [low, high];
  };
  const steps = (low, high, most) => {
    const rough = (high - low) / most || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((k) => k * power >= rough) * power, found = [];
    for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(k * step);
    return found;
  };
  const decades = (low, high) => {
    const found = [], digits = high / low < 20 ? [1, 1.5, 2, 3, 5, 7] : high / low < 1e4 ? [1, 2, 5] : [1];
    for (let p = Math.floor(Math.log10(low)); 10 ** p <= high; p++) found.push(...digits.map((k) => k * 10 ** p));
    return found.filter((v) => v >= low && v <= high);
  };

  // Places on the screen for rows and values of the part in view.
  function layout() {
    const right = svg.clientWidth - 10, floor = svg.clientHeight - 22, split = top + 0.7 * (floor - top);
    const [t0, t1] = [curve.time[view[0]], curve.time[view[1]]];
    const equity = range(curve.equity, view), held = curve.held ? range(curve.held, view) : equity;
    const low = Math.min(equity[0], held[0]), high = Math.max(equity[1], held[1]), log = low > 0 && high / low > 4;
    const scale = log ? Math.log : (v) => v, slack = 0.04 * (scale(high) - scale(low)) || 1;
    const bottom = scale(low) - slack, height = scale(high) + slack - bottom;
    const deepest = Math.min(range(curve.drawdown, view)[0], -1e-6);
    // An account that moves by cents needs more digits to have labels that differ.
    const digits = Math.min(12, Math.max(4, 3 + Math.ceil(Math.log10(Math.abs(high) / (high - low || 1)))));
    return {
      right, floor, split, t0, t1, digits, values: log ? decades(low, high) : steps(low, high, 5), depths: steps(deepest, 0, 3),
      x: (ms) => left + ((ms - t0) / (t1 - t0 || 1)) * (right - left),
      y: (v) => split - ((scale(v) - bottom) / height) * (split - top),
      depth: (v) => split + gap + (v / deepest) * (floor - split - gap),
    };
  }

  function line(values, place) {
    let path = "";
    for (let i = view[0]; i <= view[1]; i++) path += `${path ? "L" : "M"}${map.x(curve.time[i]).toFixed(1)},${place(values[i]).toFixed(1)}`;
    return path;
  }

  function draw() {
    map = layout();
    svg.replaceChildren();
    const level = (y, label) => {
      add("line", { class: "grid", x1: left, x2: map.right, y1: y, y2: y });
      add("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, label);
    };
    map.values.forEach((v) => level(map.y(v), short(v, map.digits)));
    map.depths.forEach((v) => level(map.depth(v), percent(v)));
    const days = (map.t1 - map.t0) / 864e5, [from, to] = days > 90 ? [0, 7] : days > 4 ? [0, 10] : days > 0.2 ? [5, 16] : [11, 19];
    const count = Math.max(2, Math.floor((map.right - left) / 130));
    for (let k = 0; k <= count; k++) {
      const ms = map.t0 + (k / count) * (map.t1 - map.t0), anchor = k === 0 ? "start" : k === count ? "end" : "middle";
      add("text", { x: map.x(ms), y: map.floor + 17, "text-anchor": anchor }, date(ms, from, to));
    }
    const zero = map.depth(0);
    add("path", { class: "deep", d: `${line(curve.drawdown, map.depth)}L${map.right},${zero}L${left},${zero}Z` });
    if (curve.held) add("path", { class: "held", d: line(curve.held, map.y) });
    add("path", { class: "equity", d: line(curve.equity, map.y) });
    point();
    svg.dataset.rendered = "true";
  }

  // The cursor, the brush, and the values in words.
  function point() {
    svg.querySelectorAll(".cursor, .dot, .brush").forEach((node) => node.remove());
    const x = map.x(curve.time[cursor]);
    add("line", { class: "cursor", x1: x, x2: x, y1: top, y2: map.floor });
    add("circle", { class: "dot", cx: x, cy: map.y(curve.equity[cursor]), r: 4.5 });
    if (brush !== null) add("rect", { class: "brush", x: Math.min(x, map.x(curve.time[brush])), y: top, width: Math.abs(x - map.x(curve.time[brush])), height: map.floor - top });
    const held = curve.held ? [`buy and hold ${money(curve.held[cursor])}`] : [];
    const words = [date(curve.time[cursor], 0, curve.digits), `equity ${money(curve.equity[cursor])}`, ...held,
      `drawdown ${percent(curve.drawdown[cursor])}`];
    readout.textContent = words.join(" \u00b7 ");
  }

  function show(from, to) {
    view = to > from ? [from, to] : view;
    cursor = Math.min(Math.max(cursor, view[0]), view[1]);
    reset.hidden = view[0] === 0 && view[1] === last;
    draw();
  }

  function rowAt(event) {
    const share = (event.clientX - svg.getBoundingClientRect().left - left) / (map.right - left);
    const wanted = map.t0 + share * (map.t1 - map.t0);
    let [low, high] = view;
    while (high - low > 1) { const middle = (low + high) >> 1; if (curve.time[middle] < wanted) low = middle; else high = middle; }
    return wanted - curve.time[low] < curve.time[high] - wanted ? low : high;
  }

  svg.addEventListener("pointermove", (event) => { cursor = rowAt(event); point(); });
  svg.addEventListener("pointerdown", (event) => { brush = rowAt(event); svg.setPointerCapture(event.pointerId); });
  svg.addEventListener("pointercancel", () => { brush = null; point(); });
  svg.addEventListener("pointerup", (event) => {
    const ends = [brush ?? 0, rowAt(event)].sort((a, b) => a - b), wide = brush !== null && ends[1] - ends[0] > 3;
    brush = null;
    if (wide) show(...ends); else point();
  });
  svg.addEventListener("keydown", (event) => {
    const step = Math.max(1, Math.round((view[1] - view[0]) / 100)), moves = { ArrowLeft: -step, ArrowRight: step, Home: -last, End: last };
    if (event.key === "Escape") show(0, last);
    else if (event.key in moves) { cursor = Math.min(Math.max(cursor + moves[event.key], view[0]), view[1]); point(); event.preventDefault(); }
  });
  reset.addEventListener("click", () => show(0, last));
  explorer.hidden = false;
  new ResizeObserver(draw).observe(svg);
  draw();
})();
