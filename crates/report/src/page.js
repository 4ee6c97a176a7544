// The page is whole without this: it adds a choice of theme, values under the pointer, groups that hide, and axes that
// follow what is left.
"use strict";
(() => {
  const root = document.documentElement;
  const themes = ["system", "light", "dark"];
  const button = document.getElementById("theme");
  const remembered = () => { try { return localStorage.getItem("onebit-theme"); } catch { return null; } };
  const choose = (theme) => {
    root.dataset.theme = theme;
    button.textContent = "theme: " + theme;
    try { localStorage.setItem("onebit-theme", theme); } catch { /* A file has no storage in some browsers. */ }
  };
  button.hidden = false;
  choose(themes.includes(remembered()) ? remembered() : "system");
  button.addEventListener("click", () => choose(themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length]));

  // A title would pop up over the values; as a label it is still read out.
  for (const svg of document.querySelectorAll("svg.chart")) {
    const title = svg.querySelector("title");
    svg.removeAttribute("aria-labelledby");
    svg.setAttribute("aria-label", title.textContent);
    svg.setAttribute("aria-describedby", svg.querySelector("desc").id);
    title.remove();
  }

  const numbers = (text) => text.split(" ").map(Number);
  const element = (name, attributes, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };

  // Axes, as axis.rs has them: from the first to the last value, and where these stand in the picture.
  const axisOf = (text) => {
    const [low, high, from, to, log] = numbers(text);
    return { low, high, from, to, log };
  };
  const f = (axis, value) => axis.log ? Math.log(value) : value;
  const place = (axis, value) => axis.from + (axis.to - axis.from) * (f(axis, value) - f(axis, axis.low)) / (f(axis, axis.high) - f(axis, axis.low));
  const roundStep = (range, count) => {
    const rough = range / count, power = 10 ** Math.floor(Math.log10(rough));
    return ([1, 2, 5].find((digit) => digit * power >= rough * 0.999) ?? 10) * power;
  };
  const ticks = (axis, count) => {
    if (!axis.log) {
      const step = roundStep(axis.high - axis.low, count), found = [];
      for (let n = Math.ceil(axis.low / step); n <= Math.floor(axis.high / step + 1e-9); n++) found.push(n * step);
      return found;
    }
    const within = (digits) => {
      const found = [];
      for (let decade = Math.floor(Math.log10(axis.low)); decade <= Math.ceil(Math.log10(axis.high)); decade++) {
        for (const digit of digits) {
          const value = digit * 10 ** decade;
          if (value >= axis.low && value <= axis.high) found.push(value);
        }
      }
      return found;
    };
    const choices = [[1, 1.5, 2, 3, 4, 5, 6, 8], [1, 2, 3, 5], [1, 2, 5], [1]].map(within);
    return choices.find((found) => found.length <= count) ?? choices[3];
  };
  const tickText = (value) => {
    if (value === 0) return "0";
    if (value >= 1e6 || value < 1e-3) return value.toExponential(0).replace("+", "");
    return value >= 1e4 ? value / 1e3 + "k" : String(Math.round(value * 1e6) / 1e6);
  };

  // Both axes are straight in what they show, or in its logarithm: a new range moves each place by a factor and a shift.
  const drawings = new Map();
  for (const svg of document.querySelectorAll("svg.chart")) {
    const parts = [...svg.querySelectorAll("[data-span]")].map((part) => ({
      part, span: numbers(part.dataset.span),
      paths: [...part.querySelectorAll("path")].map((path) => ({ path, d: path.getAttribute("d") })),
    }));
    drawings.set(svg, { parts, x: axisOf(svg.dataset.x), y: axisOf(svg.dataset.y), all: numbers(svg.dataset.epochs) });
  }
  const rescale = (svg) => {
    const drawing = drawings.get(svg);
    const shown = drawing.parts.filter(({ part }) => !part.hasAttribute("hidden")).map(({ span }) => span);
    if (!shown.length) return;
    const x = { ...drawing.x }, y = { ...drawing.y };
    const positive = shown.filter((span) => span.length > 1);
    const low = Math.min(...positive.map((span) => span[1])), high = Math.max(0, ...positive.map((span) => span[2]));
    x.high = Math.max(x.low + 1, ...shown.map((span) => span[0]));
    if (y.log) [y.low, y.high] = high > 0 ? [low / 1.15, high * 1.15] : [1, 10];
    else {
      const step = roundStep(high || 1, 5);
      y.high = Math.ceil((high || 1) / step) * step;
    }
    const move = (from, to) => (at) => {
      const value = f(from, from.low) + (at - from.from) / (from.to - from.from) * (f(from, from.high) - f(from, from.low));
      const share = (value - f(to, to.low)) / (f(to, to.high) - f(to, to.low));
      return Math.round(10 * (to.from + Math.min(1, Math.max(0, share)) * (to.to - to.from))) / 10;
    };
    const [across, up] = [move(drawing.x, x), move(drawing.y, y)];
    for (const { part, paths } of drawing.parts) {
      if (part.hasAttribute("hidden")) continue;
      for (const { path, d } of paths) path.setAttribute("d", d.replace(/([ML])(-?[\d.]+),(-?[\d.]+)/g, (_, letter, px, py) => letter + across(+px) + "," + up(+py)));
    }
    const rules = ticks(y, y.from - y.to > 250 ? 9 : 6).flatMap((tick) => {
      const at = Math.round(10 * place(y, tick)) / 10;
      return [element("path", { class: "rule", d: `M${x.from},${at}H${x.to}` }), element("text", { class: "tick", x: x.from - 8, y: at + 4, "text-anchor": "end" }, tickText(tick))];
    });
    svg.querySelector(".up").replaceChildren(...rules);
    // The epochs whose numbers have room, the last ones first.
    const columns = [];
    let free = Infinity;
    for (const epoch of [...new Set([...drawing.all.filter((epoch) => epoch < x.high), x.high])].reverse()) {
      const at = place(x, epoch), needs = 8 + 8 * String(epoch).length;
      if (epoch < x.low || at + needs / 2 > free) continue;
      free = at - needs / 2;
      columns.unshift(element("path", { class: "rule cycle", d: `M${at},${y.to}V${y.from}` }), element("text", { class: "tick", x: at, y: y.from + 18, "text-anchor": "middle" }, epoch));
    }
    svg.querySelector(".across").replaceChildren(...columns);
    drawing.now = x;
  };
  const across = (svg) => drawings.get(svg).now ?? drawings.get(svg).x;

  // Groups that are hidden, by their numbers.
  const hidden = new Set();
  const chips = [...document.querySelectorAll(".legend button")];
  const groupsOf = (chip) => chip.dataset.groups.split(" ");
  const follow = () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", String(!groupsOf(chip).every((group) => hidden.has(group))));
    for (const line of document.querySelectorAll(".series")) line.toggleAttribute("hidden", hidden.has(line.dataset.group));
    for (const mark of document.querySelectorAll(".elsewhere")) mark.toggleAttribute("hidden", mark.dataset.groups.split(" ").every((one) => hidden.has(one)));
    for (const svg of drawings.keys()) rescale(svg);
  };
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const hide = chip.getAttribute("aria-pressed") === "true";
      for (const group of groupsOf(chip)) hide ? hidden.add(group) : hidden.delete(group);
      follow();
    });
  }
  if (chips.length > 8) {
    for (const [text, hide] of [["show all", false], ["hide all", true]]) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, className: "all" });
      button.addEventListener("click", () => {
        for (const group of chips.flatMap(groupsOf)) hide ? hidden.add(group) : hidden.delete(group);
        follow();
      });
      document.querySelector(".legend").append(button);
    }
  }

  // How many groups' values are told at once.
  const MAX_TOLD = 12;
  for (const plot of document.querySelectorAll(".plot")) {
    const svgs = [...plot.querySelectorAll("svg.chart")];
    const readout = plot.querySelector(".readout");
    const lines = [...svgs[0].querySelectorAll(".series[data-values]")].map((line) => ({
      group: line.dataset.group, look: line.dataset.look, name: line.dataset.name, part: line.dataset.part,
      values: new Map(line.dataset.values.split(" ").map((pair) => pair.split(":"))),
    }));
    const parts = [...new Set(lines.map((line) => line.part))];
    // What all names begin with tells nothing apart, and would be all of them that there is room for.
    const names = [...new Set(lines.map((line) => line.name))];
    let common = 0;
    while (names.length > 1 && names.every((name) => name[common] && name[common] === names[0][common])) common++;
    common = names[0].slice(0, common).lastIndexOf("-") + 1;
    const short = (name) => common ? "…" + name.slice(common) : name;
    const epochs = [...new Set(lines.flatMap((line) => [...line.values.keys()].map(Number)))].sort((a, b) => a - b);
    const visible = () => epochs.filter((epoch) => lines.some((line) => !hidden.has(line.group) && line.values.has(String(epoch))));
    let at = null;
    const drawn = () => svgs.find((svg) => svg.getClientRects().length);
    const clear = () => {
      at = null;
      readout.replaceChildren();
      for (const cursor of plot.querySelectorAll(".cursor")) cursor.remove();
    };
    const cell = (row, tag, text) => row.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
    const show = (epoch) => {
      if (epoch === at || epoch === undefined) return;
      clear();
      at = epoch;
      const svg = drawn(), { y } = drawings.get(svg);
      svg.append(element("path", { class: "cursor", d: `M${place(across(svg), epoch)},${y.to}V${y.from}` }));
      const table = document.createElement("table");
      const head = table.insertRow();
      cell(head, "th", "epoch " + epoch);
      const here = lines.filter((line) => !hidden.has(line.group) && line.values.has(String(epoch)));
      const known = parts.filter((part) => here.some((line) => line.part === part));
      for (const part of known) cell(head, "td", part);
      const groups = [...new Set(here.map((line) => line.group))];
      for (const group of groups.slice(0, MAX_TOLD)) {
        const mine = here.filter((line) => line.group === group);
        const row = table.insertRow();
        const name = cell(row, "th", " " + short(mine[0].name));
        const look = +mine[0].look;
        const mark = mine[0].look === undefined ? { className: "rest", textContent: "–" } : { className: "c" + look % 8, textContent: "●■▲◆"[(look + Math.floor(look / 8)) % 4] };
        name.prepend(Object.assign(document.createElement("span"), mark));
        for (const part of known) cell(row, "td", mine.find((line) => line.part === part)?.values.get(String(epoch)) ?? "");
      }
      if (groups.length > MAX_TOLD) cell(table.insertRow(), "th", `and ${groups.length - MAX_TOLD} more`);
      readout.append(table);
      const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      const x = place(across(svg), epoch) * scale + 12;
      const right = x + 14 + readout.offsetWidth > plot.clientWidth;
      readout.style.left = Math.max(12, right ? x - 14 - readout.offsetWidth : x + 14) + "px";
    };
    plot.tabIndex = 0;
    plot.addEventListener("pointermove", (event) => {
      const svg = drawn(), box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
      const far = (epoch) => Math.abs(place(across(svg), epoch) - x);
      const seen = visible();
      if (seen.length) show(seen.reduce((best, epoch) => far(epoch) < far(best) ? epoch : best));
    });
    plot.addEventListener("pointerleave", clear);
    plot.addEventListener("blur", clear);
    plot.addEventListener("keydown", (event) => {
      const seen = visible(), last = seen.length - 1, index = seen.indexOf(at);
      const next = { ArrowRight: Math.min(index + 1, last), ArrowLeft: index < 0 ? last : Math.max(index - 1, 0), Home: 0, End: last }[event.key];
      if (event.key === "Escape") clear();
      if (next === undefined) return;
      event.preventDefault();
      show(seen[next]);
    });
  }

  // A term's meaning opens beside it, and for a pointer that rests on it too.
  for (const term of document.querySelectorAll(".term")) {
    const note = document.getElementById(term.getAttribute("popovertarget"));
    if (!note.showPopover) break;
    let wait = 0;
    const beside = () => {
      const box = term.getBoundingClientRect();
      note.style.margin = "0";
      note.style.inset = "auto";
      note.style.left = Math.max(8, Math.min(box.left, innerWidth - note.offsetWidth - 8)) + "px";
      const below = box.bottom + 6;
      note.style.top = Math.max(8, below + note.offsetHeight > innerHeight ? box.top - note.offsetHeight - 6 : below) + "px";
    };
    const open = () => { if (!note.matches(":popover-open")) note.showPopover(); beside(); };
    term.addEventListener("click", (event) => { clearTimeout(wait); event.preventDefault(); open(); });
    term.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") wait = setTimeout(open, 250); });
    term.addEventListener("pointerleave", (event) => {
      clearTimeout(wait);
      if (event.pointerType === "mouse" && note.matches(":popover-open") && document.activeElement !== term) note.hidePopover();
    });
    term.addEventListener("blur", () => { if (note.matches(":popover-open")) note.hidePopover(); });
  }

  // While the runs train, the page is read anew, and stays as its reader left it.
  const STATE = "onebit-report";
  try {
    const kept = JSON.parse(sessionStorage.getItem(STATE) ?? "null");
    sessionStorage.removeItem(STATE);
    if (kept) {
      for (const part of document.querySelectorAll("details[id]")) part.open = kept.open.includes(part.id);
      const named = new Map(chips.map((chip) => [chip.textContent, groupsOf(chip)]));
      for (const name of kept.hidden) for (const group of named.get(name) ?? []) hidden.add(group);
      if (hidden.size) follow();
      scrollTo(0, kept.top);
    }
  } catch { /* A file has no storage in some browsers. */ }
  const seconds = +root.dataset.renewed;
  if (seconds) {
    setInterval(() => {
      // Not under the eyes of somebody who reads a value or a note.
      if (document.hidden || document.querySelector(".readout > *, [popover]:popover-open")) return;
      const open = [...document.querySelectorAll("details[id][open]")].map((part) => part.id);
      const off = chips.filter((chip) => chip.getAttribute("aria-pressed") === "false").map((chip) => chip.textContent);
      try { sessionStorage.setItem(STATE, JSON.stringify({ open, hidden: off, top: scrollY })); } catch { /* As above. */ }
      location.reload();
    }, 1000 * seconds);
  }

  // Paper shows everything.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of closed) part.open = false; });
})();
