"use strict";
// Beside the graph: the functions of the shown tree in a table, and the callers and callees of the chosen one.
const functionViews = (page) => {
  const $ = (id) => document.getElementById(id), FEW = 100, AROUND = 15;
  const state = { sort: "flat", down: true, all: false, chosen: -1 };
  let tree, flat, cum, calls, order = [];

  const element = (tag, cls, words) => { const e = document.createElement(tag); e.className = cls; e.textContent = words; return e; };
  const cut = (name) => { const at = name.lastIndexOf("/", name.search(/[([]|$/)) + 1; return [name.slice(0, at), name.slice(at)]; };

  // A long name may break after a dot.
  function named(n, whole) {
    const [path, short] = cut(tree.names[n]), s = element("span", "short", "");
    short.split(/(?<=\.)/).forEach((part, at) => s.append(...(at ? [document.createElement("wbr"), part] : [part])));
    return whole && path ? [element("span", "path", path), document.createElement("wbr"), s] : [s];
  }
  function link(n, whole) {
    const b = element("button", "name", "");
    b.type = "button"; b.dataset.n = String(n); b.title = tree.names[n]; b.setAttribute("aria-pressed", String(n === state.chosen));
    b.append(...named(n, whole));
    b.onclick = () => page.choose(n);
    return b;
  }

  // A function and a call count once in a stack, however often they recur there; a call of itself is none.
  function tally(own, values) {
    const size = tree.names.length, within = new Int32Array(size), open = new Map(), path = [];
    flat = new Float64Array(size); cum = new Float64Array(size); calls = new Map();
    const call = (i) => { const p = path.length ? tree.name[path[path.length - 1]] : -1; return p < 0 || p === tree.name[i] ? -1 : p * size + tree.name[i]; };
    for (let i = 1; i < tree.name.length; i++) {
      while (path.length >= tree.depth[i]) { const j = path.pop(), key = call(j); within[tree.name[j]]--; if (key >= 0) open.set(key, open.get(key) - 1); }
      const n = tree.name[i], key = call(i);
      flat[n] += own[i];
      if (within[n]++ === 0) cum[n] += values[i];
      if (key >= 0) {
        const times = open.get(key) || 0;
        if (times === 0) calls.set(key, (calls.get(key) || 0) + values[i]);
        open.set(key, times + 1);
      }
      path.push(i);
    }
  }

  const COMPARE = {
    flat: (a, b) => Math.abs(flat[b]) - Math.abs(flat[a]) || Math.abs(cum[b]) - Math.abs(cum[a]),
    cum: (a, b) => Math.abs(cum[b]) - Math.abs(cum[a]) || Math.abs(flat[b]) - Math.abs(flat[a]),
    name: (a, b) => (cut(tree.names[a])[1] < cut(tree.names[b])[1] ? 1 : -1),
  };

  function table() {
    const shown = order.filter((n) => !page.found() || page.found()[n]);
    shown.sort((a, b) => (state.down ? 1 : -1) * COMPARE[state.sort](a, b) || (tree.names[a] < tree.names[b] ? -1 : 1));
    const rows = shown.slice(0, state.all ? undefined : FEW);
    $("rows").replaceChildren(...rows.map((n) => {
      const row = document.createElement("tr"), cell = document.createElement("td");
      row.dataset.flat = String(flat[n]); row.dataset.cum = String(cum[n]);
      if (n === state.chosen) row.className = "chosen";
      for (const v of [flat[n], cum[n]]) row.append(element("td", "number", page.amount(v)), element("td", "number", page.share(v)));
      cell.append(link(n, true)); row.append(cell);
      return row;
    }));
    for (const head of document.querySelectorAll("#functions th[data-sort]")) {
      if (head.dataset.sort === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending"); else head.removeAttribute("aria-sort");
    }
    $("rowcount").textContent = rows.length < shown.length ? `${rows.length} of ${shown.length}` : String(shown.length);
    $("allrows").hidden = rows.length === shown.length;
    $("allrows").textContent = `Show all ${shown.length}`;
  }

  function around(id, pick, from) {
    const size = tree.names.length, found = [...calls].filter(([key, v]) => v && pick(key, size)).map(([key, v]) => [from(key, size), v]);
    found.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]) || (tree.names[a[0]] < tree.names[b[0]] ? -1 : 1));
    const rows = found.slice(0, AROUND).map(([n, v]) => {
      const row = document.createElement("li");
      row.append(element("span", "number", page.amount(v)), element("span", "number", page.share(v, cum[state.chosen])), link(n, false));
      return row;
    });
    if (found.length > AROUND) rows.push(element("li", "why", `and ${found.length - AROUND} smaller`));
    if (!found.length) rows.push(element("li", "why", "none"));
    $(id).replaceChildren(...rows);
  }

  function peek() {
    const n = state.chosen;
    $("peek").hidden = n < 0;
    if (n < 0) return;
    $("peekname").replaceChildren(...named(n, true));
    $("peekvalues").textContent = `own ${page.amount(flat[n])} (${page.share(flat[n])}), with what it calls ${page.amount(cum[n])} (${page.share(cum[n])})`;
    around("callers", (key, size) => key % size === n, (key, size) => Math.floor(key / size));
    around("callees", (key, size) => Math.floor(key / size) === n, (key, size) => key % size);
  }

  for (const head of document.querySelectorAll("#functions th[data-sort]")) {
    head.firstElementChild.onclick = () => {
      state.down = head.dataset.sort === state.sort ? !state.down : head.dataset.sort !== "name";
      state.sort = head.dataset.sort;
      table();
    };
  }
  $("allrows").onclick = () => { state.all = true; table(); };
  $("functions").addEventListener("keydown", (e) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[e.key], row = e.target.closest("tbody tr");
    if (!step || !row) return;
    e.preventDefault(); e.stopPropagation();
    row[step]?.querySelector("button").focus();
  });

  return {
    load(shown, own, values) {
      const before = tree && state.chosen >= 0 ? tree.names[state.chosen] : "";
      tree = shown; state.all = false;
      tally(own, values);
      order = tree.names.map((_, n) => n).filter((n) => flat[n] || cum[n]);
      state.chosen = tree.names.indexOf(before);
      if (state.chosen < 0) state.chosen = order.reduce((most, n) => (most < 0 || Math.abs(flat[n]) > Math.abs(flat[most]) ? n : most), -1);
    },
    choose(n) { state.chosen = n; },
    chosen: () => state.chosen,
    draw() { table(); peek(); },
    focus() { $("rows").querySelector("button")?.focus(); },
  };
};
