"use strict";
(() => {
  const root = document.documentElement;
  const one = (id) => document.getElementById(id);
  const list = one("accounts");
  const modules = one("modules");
  const accounts = [...list.querySelectorAll("details.account")];
  const parts = [...modules.querySelectorAll("section.resource")];
  const tiles = [...document.querySelectorAll("button.tile")];
  const search = one("search");
  const group = one("group");
  const text = new Map([...accounts, ...parts].map((each) => [each, each.textContent.toLowerCase()]));

  const wanted = () => tiles.filter((tile) => tile.getAttribute("aria-pressed") === "true").map((tile) => tile.dataset.filter);
  const matches = (each, words) => words.every((word) => text.get(each).includes(word));

  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const filters = wanted();
    let many = 0;
    for (const account of accounts) {
      const has = account.dataset.filters.split(" ");
      const fits = (filters.length === 0 || filters.some((each) => has.includes(each))) && matches(account, words);
      account.hidden = !fits;
      many += fits ? 1 : 0;
    }
    for (const part of parts) part.hidden = !matches(part, words);
    for (const module of modules.querySelectorAll("details.module"))
      module.hidden = [...module.querySelectorAll("section.resource")].every((part) => part.hidden);
    for (const heading of list.querySelectorAll("h2.group")) {
      let next = heading.nextElementSibling;
      let any = false;
      for (; next && next.matches("details"); next = next.nextElementSibling) any = any || !next.hidden;
      heading.hidden = !any;
    }
    one("shown").textContent = `${many} of ${accounts.length} accounts`;
    one("none").hidden = many > 0;
  };

  const arrange = () => {
    const byModule = group.value === "module";
    list.hidden = byModule;
    modules.hidden = !byModule;
    for (const heading of list.querySelectorAll("h2.group")) heading.remove();
    const ordered = [...accounts];
    if (group.value === "unit")
      ordered.sort((a, b) => (a.dataset.unit < b.dataset.unit ? -1 : a.dataset.unit > b.dataset.unit ? 1 : accounts.indexOf(a) - accounts.indexOf(b)));
    let last = null;
    for (const account of ordered) {
      if (group.value === "unit" && account.dataset.unit !== last) {
        last = account.dataset.unit;
        const heading = document.createElement("h2");
        heading.className = "group";
        heading.textContent = last || "(no unit)";
        list.append(heading);
      }
      list.append(account);
    }
    show();
  };

  for (const tile of tiles)
    tile.addEventListener("click", () => {
      tile.setAttribute("aria-pressed", tile.getAttribute("aria-pressed") === "true" ? "false" : "true");
      show();
    });
  search.addEventListener("input", show);
  group.addEventListener("change", arrange);
  one("theme").addEventListener("click", () => {
    const dark = root.dataset.theme === "dark" || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
  });
  one("unfold").addEventListener("click", (event) => {
    const open = event.currentTarget.textContent === "Unfold all";
    for (const account of accounts) if (!account.hidden) account.open = open;
    event.currentTarget.textContent = open ? "Fold all" : "Unfold all";
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && document.activeElement === search) {
      search.value = "";
      show();
      search.blur();
    }
  });
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      details.dataset.closed = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const details of document.querySelectorAll("details[data-closed]")) {
      details.open = false;
      delete details.dataset.closed;
    }
  });
  show();
})();
