"use strict";
(() => {
  const key = (row, column) => row.cells[column].dataset.key;

  function sort(table, column, head) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows];
    const numbers = rows.every((r) => key(r, column) === "" || !Number.isNaN(Number(key(r, column))));
    rows.sort((a, b) => {
      const x = key(a, column), y = key(b, column);
      if (x === "" || y === "") return (x === "") - (y === "");
      const order = numbers ? Number(x) - Number(y) : x.localeCompare(y, "en", { numeric: true });
      return down ? -order : order;
    });
    table.tBodies[0].append(...rows);
  }
  for (const table of document.querySelectorAll(".sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => { head.querySelector("button").onclick = () => sort(table, column, head); });
  }

  const filter = document.getElementById("filter"), rows = [...document.getElementById("clusters").tBodies[0].rows];
  function choose() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((w) => text.includes(w));
      shown += !row.hidden;
    }
    document.getElementById("count").textContent = shown + " of " + rows.length;
  }
  filter.addEventListener("input", choose);
  choose();
})();
