"use strict";
(() => {
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const make = (name, values, ...inside) => {
    const element = Object.assign(document.createElement(name), values);
    element.append(...inside);
    return element;
  };
  const text = (cell) => cell.textContent.trim();
  const number = (cell) => {
    const told = text(cell).replaceAll(",", "");
    return told === "–" ? Number.NaN : Number.parseFloat(told);
  };
  const grids = [];

  const sorted = (grid, index, up) => {
    const asNumber = grid.heads[index].classList.contains("number");
    const key = asNumber ? number : text;
    const keyed = grid.rows.map((row) => [key(row.element.cells[index]), row]);
    const compare = (a, b) => {
      if (!asNumber) return order.compare(a, b);
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b) || 0;
      return a - b;
    };
    keyed.sort((a, b) => {
      const last = asNumber && (Number.isNaN(a[0]) || Number.isNaN(b[0]));
      return compare(a[0], b[0]) * (up || last ? 1 : -1);
    });
    grid.body.append(...keyed.map(([, row]) => row.element));
    grid.heads.forEach((head, at) => {
      if (at === index) head.setAttribute("aria-sort", up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
  };

  let everywhere = "";
  const filter = (grid) => {
    const wanted = [grid.search?.value ?? "", everywhere].join(" ").toLowerCase().split(/\s+/).filter(Boolean);
    const marks = grid.selects.filter(({ select }) => select.value);
    let seen = 0;
    for (const row of grid.rows) {
      const fits =
        wanted.every((word) => row.words.includes(word)) &&
        marks.every(({ select, index }) => row.element.cells[index].querySelector(".mark")?.lastChild.textContent === select.value);
      row.element.hidden = !fits;
      seen += fits;
    }
    grid.seen = seen;
    if (grid.count) grid.count.value = seen === grid.rows.length ? `${seen.toLocaleString("en")} rows` : `${seen.toLocaleString("en")} of ${grid.rows.length.toLocaleString("en")} rows`;
  };

  const tools = (grid, table) => {
    grid.search = make("input", { type: "search", placeholder: "Search this table", ariaLabel: "Search this table" });
    grid.count = make("output", {});
    const bar = make("div", { className: "tools" }, grid.search);
    grid.heads.forEach((head, index) => {
      if (!head.classList.contains("mark")) return;
      const words = new Set(grid.rows.map((row) => row.element.cells[index].querySelector(".mark")?.lastChild.textContent).filter(Boolean));
      if (words.size < 2) return;
      const select = make("select", { ariaLabel: `Filter by ${text(head)}` }, new Option(`${head.dataset.title}: all`, ""));
      for (const word of [...words].sort()) select.append(new Option(word, word));
      select.addEventListener("change", () => filter(grid));
      grid.selects.push({ select, index });
      bar.append(select);
    });
    bar.append(grid.count);
    grid.search.addEventListener("input", () => filter(grid));
    table.closest(".scroll").before(bar);
    filter(grid);
  };

  for (const table of document.querySelectorAll("table.grid")) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...body.rows].map((element) => ({ element, words: element.textContent.toLowerCase() }));
    const grid = { table, body, heads, rows, selects: [], seen: rows.length };
    grids.push(grid);
    if (rows.length < 2) continue;
    heads.forEach((head, index) => {
      head.dataset.title = text(head);
      if (head.classList.contains("tick")) return;
      const button = make("button", { type: "button", title: "Sort by this column" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sorted(grid, index, head.getAttribute("aria-sort") !== "ascending"));
    });
    if (rows.length > 7) tools(grid, table);
  }

  const contents = document.querySelector("nav .contents");
  if (contents && grids.some((grid) => grid.rows.length > 7)) {
    const find = make("input", { type: "search", placeholder: "Find in all tables", ariaLabel: "Find in all tables" });
    let wait = 0;
    const look = () => {
      everywhere = find.value;
      for (const grid of grids) {
        filter(grid);
        const fold = grid.table.closest("details");
        if (fold && everywhere) fold.open = grid.seen > 0;
      }
      for (const section of document.querySelectorAll("main section")) {
        const own = grids.filter((grid) => section.contains(grid.table));
        section.hidden = everywhere !== "" && !own.some((grid) => grid.seen > 0);
      }
    };
    find.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(look, 120);
    });
    contents.before(find);
  }
  if (contents && matchMedia("(max-width: 74rem)").matches) contents.open = false;
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
  });
})();
