"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const ROW = 17, LEAST = 1, LAST = data.causes.length - 1;
  const state = { subject: 0, type: 0, zoom: 0, at: 0, flip: false, found: null, cause: -1 };
  let tree, parent, last, cause, flat, drawn = new Map();
  const views = functionViews({
    amount: (v) => amount(v, tree.unit), share: (v, of) => share(v, of === undefined ? tree.total : of), found: () => state.found,
    choose: (n) => { views.choose(n); views.draw(); draw(); },
  });

  const subject = () => data.subjects[state.subject];
  const signed = (i) => (tree.value || tree.width)[i];

  function amount(v, unit) {
    const sign = v < 0 ? "-" : subject().compared && v > 0 ? "+" : "", a = Math.abs(v);
    const scaled = (steps) => { for (const [n, u] of steps) if (a >= n) return sign + (a / n).toFixed(2) + u; return sign + a; };
    if (unit === "nanoseconds") return scaled([[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]]);
    if (unit === "bytes") return scaled([[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]]);
    return sign + a;
  }
  const letter = (rank) => String.fromCharCode(65 + rank);
  const share = (v, of) => (of ? (100 * v / of).toFixed(1) : "0.0") + "%";
  const label = (i) => (i === 0 ? "all" : tree.names[tree.name[i]]);

  function load() {
    tree = subject().trees[state.type];
    const n = tree.name.length, path = [];
    parent = new Int32Array(n); last = new Int32Array(n); cause = new Int16Array(n); flat = Float64Array.from(tree.value || tree.width);
    for (let i = 0; i < n; i++) {
      const d = tree.depth[i];
      path.length = d; parent[i] = d ? path[d - 1] : -1; path.push(i);
      cause[i] = Math.min(i ? tree.ranks[tree.name[i]] : LAST, i ? cause[parent[i]] : LAST);
      last[i] = i;
    }
    for (let i = n - 1; i > 0; i--) { if (last[i] > last[parent[i]]) last[parent[i]] = last[i]; flat[parent[i]] -= (tree.value || tree.width)[i]; }
    state.zoom = 0; state.at = 0;
    views.load(tree, flat, tree.value || tree.width);
    causes(); find(); draw();
  }

  function causes() {
    const sums = new Map();
    for (let i = 1; i < flat.length; i++) if (flat[i]) sums.set(cause[i], (sums.get(cause[i]) || 0) + flat[i]);
    const rows = [...sums].filter(([, v]) => v).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    $("causelist").replaceChildren(...rows.map(([rank, v]) => {
      const item = document.createElement("li"), button = document.createElement("button"), bar = document.createElement("span");
      const text = (cls, words) => { const s = document.createElement("span"); s.className = cls; s.textContent = words; return s; };
      bar.className = "bar"; bar.style.width = Math.min(100, 100 * Math.abs(v) / (tree.total || 1)) + "%";
      button.type = "button"; button.setAttribute("aria-pressed", String(state.cause === rank));
      bar.classList.add("k" + rank);
      button.append(text("key k" + rank, letter(rank)), text("share", share(v, tree.total)), text("", data.causes[rank] + " (" + amount(v, tree.unit) + ")"), bar);
      button.onclick = () => { state.cause = state.cause === rank ? -1 : rank; causes(); draw(); };
      item.append(button);
      return item;
    }));
  }

  function find() {
    mark($("search").value);
    views.draw();
  }
  function mark(words) {
    state.found = null; $("matches").textContent = "";
    if (!words) return;
    let regex;
    try { regex = new RegExp(words, "i"); } catch { $("matches").textContent = "not a regular expression"; return; }
    const names = tree.names.map((n) => regex.test(n));
    state.found = names;
    let sum = 0;
    for (let i = 1; i < tree.name.length; i++) if (names[tree.name[i]]) { sum += tree.width[i]; i = last[i]; }
    $("matches").textContent = names.filter(Boolean).length + " functions, " + share(sum, tree.width[0]) + " of all";
  }

  function draw() {
    const box = $("frames"), full = box.clientWidth, zoom = state.zoom, scale = full / (tree.width[zoom] || 1), parts = [];
    const above = []; for (let i = zoom; i >= 0; i = parent[i]) above.unshift(i);
    let deepest = above.length;
    above.forEach((i, d) => parts.push([i, 0, full, d]));
    const offset = new Float64Array(tree.name.length); const used = new Float64Array(tree.name.length);
    offset[zoom] = 0;
    for (let i = zoom + 1; i <= last[zoom]; i++) {
      const p = parent[i], w = tree.width[i] * scale;
      offset[i] = offset[p] + used[p]; used[p] += w;
      if (w < LEAST) { i = last[i]; continue; }
      parts.push([i, offset[i], w, tree.depth[i]]);
      deepest = Math.max(deepest, tree.depth[i] + 1);
    }
    const height = deepest * ROW;
    drawn = new Map();
    const nodes = document.createElement("div"), chosen = views.chosen();
    nodes.id = "tall"; nodes.style.height = height + "px";
    for (const [i, x, w, d] of parts) {
      const e = document.createElement("div"), v = signed(i);
      const begins = i && cause[i] !== cause[parent[i]] && cause[i] !== LAST;
      e.className = "f" + (subject().compared ? (v > 0 ? " more" : v < 0 ? " less" : "") : i ? " k" + cause[i] : "")
        + (state.cause < 0 || !i ? "" : cause[i] === state.cause ? " cause" : " other") + (i && tree.name[i] === chosen ? " chosen" : "")
        + (i && state.found && state.found[tree.name[i]] ? " found" : "") + (i === state.at ? " at" : "") + (d < tree.depth[zoom] ? " above" : "");
      e.style.left = x + "px"; e.style.width = w + "px"; e.style.top = (state.flip ? height - (d + 1) * ROW : d * ROW) + "px";
      if (begins && w > 10) { const key = document.createElement("b"); key.className = "key k" + cause[i]; key.textContent = letter(cause[i]); e.append(key); }
      if (w > 22) e.append((subject().compared && i ? (v > 0 ? "+ " : v < 0 ? "- " : "") : "") + label(i).split("/").pop());
      e.setAttribute("role", "treeitem"); e.setAttribute("aria-level", String(d + 1)); e.setAttribute("aria-label", words(i));
      e.dataset.i = String(i);
      drawn.set(i, e);
      nodes.append(e);
    }
    box.replaceChildren(nodes);
    crumbs(above);
    show(state.at);
  }

  function words(i) {
    const v = signed(i);
    return label(i) + ": " + amount(v, tree.unit) + ", " + share(v, tree.total) + " of all, own " + amount(flat[i], tree.unit) + (i ? ", " + data.causes[cause[i]] : "");
  }
  function show(i) { $("details").textContent = words(i); }

  function crumbs(above) {
    $("crumbs").replaceChildren(...above.flatMap((i, d) => {
      const b = document.createElement("button");
      b.type = "button"; b.textContent = label(i).split("/").pop(); b.title = label(i); b.onclick = () => zoomTo(i);
      return d ? [document.createTextNode(" › "), b] : [b];
    }));
  }
  function zoomTo(i) {
    state.zoom = i; state.at = i;
    if (i) { views.choose(tree.name[i]); views.draw(); }
    draw(); reveal(i);
  }
  function reveal(i) {
    const box = $("frames"), top = drawn.get(i).offsetTop;
    box.scrollTop = Math.min(top, Math.max(box.scrollTop, top + ROW - box.clientHeight));
  }

  function move(to) {
    if (to === undefined || !drawn.has(to)) return;
    drawn.get(state.at)?.classList.remove("at");
    state.at = to;
    drawn.get(to).classList.add("at");
    reveal(to); show(to);
  }
  const children = (i) => { const found = []; for (let c = i + 1; c <= last[i]; c = last[c] + 1) if (drawn.has(c)) found.push(c); return found; };
  function beside(step) {
    if (state.at === 0) return undefined;
    const brothers = children(parent[state.at]);
    return brothers[brothers.indexOf(state.at) + step];
  }
  const deeper = () => children(state.at).sort((a, b) => tree.width[b] - tree.width[a])[0];
  const upper = () => (parent[state.at] >= 0 ? parent[state.at] : undefined);

  const KEYS = {
    ArrowRight: () => move(beside(1)), ArrowLeft: () => move(beside(-1)),
    ArrowDown: () => move(state.flip ? upper() : deeper()), ArrowUp: () => move(state.flip ? deeper() : upper()),
    Enter: () => zoomTo(state.at), Escape: () => zoomTo(Math.max(0, parent[state.zoom])), 0: () => zoomTo(0), f: () => $("flip").click(),
    "/": () => $("search").focus(), t: () => views.focus(),
  };
  // Within a longer page the keys are the graph's only while it has the focus.
  (document.querySelector("[data-keys]") || document).addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target.matches("input, select");
    if (typing && e.key === "Escape" && e.target.id === "search") { e.target.value = ""; find(); draw(); $("frames").focus(); return; }
    if (typing || !KEYS[e.key] || (e.key === "Enter" && e.target.matches("button, summary"))) return;
    e.preventDefault();
    KEYS[e.key]();
  });
  $("frames").addEventListener("click", (e) => { const f = e.target.closest(".f"); if (f) zoomTo(Number(f.dataset.i)); });
  $("frames").addEventListener("mouseover", (e) => { const f = e.target.closest(".f"); if (f) show(Number(f.dataset.i)); });
  $("frames").addEventListener("mouseleave", () => show(state.at));
  $("search").addEventListener("input", () => { find(); draw(); });
  $("reset").onclick = () => zoomTo(0);
  $("flip").onclick = () => { state.flip = !state.flip; $("flip").setAttribute("aria-pressed", String(state.flip)); draw(); reveal(state.at); };
  const fill = (select, names) => select.replaceChildren(...names.map((n, i) => new Option(n, String(i))));
  $("subject").onchange = () => choose(Number($("subject").value));
  $("type").onchange = () => { state.type = Number($("type").value); load(); };
  function choose(i) {
    state.subject = i; state.type = subject().default; state.cause = -1;
    fill($("type"), subject().trees.map((t) => t.type)); $("type").value = String(state.type);
    load();
  }
  new ResizeObserver(() => draw()).observe($("graph"));
  fill($("subject"), data.subjects.map((s) => s.title));
  choose(0);
})();
