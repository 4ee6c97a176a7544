// The page is whole without this: it adds a choice of theme, values under the pointer, and runs that hide.
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

  for (const plot of document.querySelectorAll(".plot")) {
    const svgs = [...plot.querySelectorAll("svg.chart")];
    const readout = plot.querySelector(".readout");
    const lines = [...svgs[0].querySelectorAll(".series")].map((line) => ({
      run: line.dataset.run, name: line.dataset.name, part: line.dataset.part,
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
    let at = -1;
    const drawn = () => svgs.find((svg) => svg.getClientRects().length);
    const place = (svg, epoch) => {
      const [low, high, left, right] = svg.dataset.axis.split(" ").map(Number);
      const log = svg.dataset.log ? Math.log : Number;
      return left + (right - left) * (log(epoch) - log(low)) / (log(high) - log(low));
    };
    const clear = () => {
      at = -1;
      readout.replaceChildren();
      for (const cursor of plot.querySelectorAll(".cursor")) cursor.remove();
    };
    const cell = (row, tag, text) => row.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
    const show = (index) => {
      if (index === at) return;
      clear();
      at = index;
      const epoch = epochs[index], svg = drawn();
      const cursor = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const axis = svg.querySelector(".axis").getAttribute("d").match(/,([\d.]+)/)[1];
      cursor.setAttribute("class", "cursor");
      cursor.setAttribute("d", `M${place(svg, epoch)},26V${axis}`);
      svg.append(cursor);
      const table = document.createElement("table");
      const head = table.insertRow();
      cell(head, "th", "epoch " + epoch);
      const known = parts.filter((part) => lines.some((line) => line.part === part && line.values.has(String(epoch))));
      for (const part of known) cell(head, "td", part);
      for (const run of new Set(lines.map((line) => line.run))) {
        const mine = lines.filter((line) => line.run === run && line.values.has(String(epoch)));
        if (!mine.length || hidden.has(run)) continue;
        const row = table.insertRow();
        const name = cell(row, "th", " " + short(mine[0].name));
        name.prepend(Object.assign(document.createElement("span"), { className: "c" + run % 8, textContent: "●■▲◆"[(+run + Math.floor(run / 8)) % 4] }));
        for (const part of known) cell(row, "td", mine.find((line) => line.part === part)?.values.get(String(epoch)) ?? "");
      }
      readout.append(table);
      const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      const x = place(svg, epoch) * scale + 12;
      const right = x + 14 + readout.offsetWidth > plot.clientWidth;
      readout.style.left = Math.max(12, right ? x - 14 - readout.offsetWidth : x + 14) + "px";
    };
    plot.tabIndex = 0;
    plot.addEventListener("pointermove", (event) => {
      const svg = drawn(), box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
      const far = (epoch) => Math.abs(place(svg, epoch) - x);
      show(epochs.reduce((best, epoch, index) => far(epoch) < far(epochs[best]) ? index : best, 0));
    });
    plot.addEventListener("pointerleave", clear);
    plot.addEventListener("blur", clear);
    plot.addEventListener("keydown", (event) => {
      const last = epochs.length - 1;
      const next = { ArrowRight: Math.min(at + 1, last), ArrowLeft: at < 0 ? last : Math.max(at - 1, 0), Home: 0, End: last }[event.key];
      if (event.key === "Escape") clear();
      if (next === undefined) return;
      event.preventDefault();
      show(next);
    });
  }

  const hidden = new Set();
  for (const chip of document.querySelectorAll(".legend button")) {
    chip.addEventListener("click", () => {
      const run = chip.dataset.run, hide = !hidden.has(run);
      hide ? hidden.add(run) : hidden.delete(run);
      chip.setAttribute("aria-pressed", String(!hide));
      for (const line of document.querySelectorAll(`.series[data-run="${run}"]`)) line.toggleAttribute("hidden", hide);
      for (const mark of document.querySelectorAll(".elsewhere")) mark.toggleAttribute("hidden", mark.dataset.runs.split(" ").every((one) => hidden.has(one)));
    });
  }

  // Paper shows everything.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of closed) part.open = false; });
})();
