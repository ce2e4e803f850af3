// The search field of every page, and the page of results. The ranking and its data come in
// search-data.js, which is loaded when somebody turns to the field.

(() => {
  "use strict";

  const SHOWN = { entries: 7, pages: 3 }; // in the list below a field
  const LISTED = { entries: 12, pages: 8 }; // on the page of results
  const LEAST = 0.12; // of the best score; what is below has little to do with the query

  const root = document.documentElement.dataset.content_root || "./";
  const address = (url) => new URL(root + url, document.baseURI).href;
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const load = () => window.lossaryLoad("search-data.js", "lossarySearch");

  // What is found, entries apart from pages.
  const find = (search, query, limit) => {
    const hits = search.rank(query);
    const close = (list) => list.filter((hit) => hit.score >= LEAST * list[0].score);
    return {
      entries: close(hits.filter((hit) => hit.page)).slice(0, limit.entries),
      pages: close(hits.filter((hit) => !hit.page)).slice(0, limit.pages),
    };
  };

  const result = (hit, attributes) => {
    const title = make(hit.code ? "code" : "span", { class: "lossary-hit-title" }, hit.title);
    const head = make("span", { class: "lossary-hit-head" }, title);
    if (hit.name && hit.name !== hit.title) {
      head.append(" ", make("span", { class: "lossary-hit-name" }, hit.name));
    }
    if (hit.page) head.append(" ", make("span", { class: "lossary-hit-page" }, hit.page));
    const text = make("span", { class: "lossary-hit-text" }, hit.text);
    return make("a", { href: address(hit.url), "data-result": "", ...attributes }, head, text);
  };

  const nothing = (search, query) => {
    const links = search.near(query).map((hit) => make("a", { href: address(hit.url) }, hit.title));
    const shown = query.length > 60 ? `${[...query].slice(0, 60).join("")}…` : query;
    const text = make("p", {}, "Nothing is found for “", make("bdi", {}, shown), "”. ");
    links.forEach((link, i) => text.append(i ? ", " : "The nearest headwords: ", link));
    if (links.length) text.append(". ");
    text.append("All are listed from ", make("a", { href: address("glossary.html") }, "A to Z"), ".");
    return text;
  };

  const count = ({ entries, pages }) => {
    const some = (n, one, many) => `${n} ${n === 1 ? one : many}`;
    return `${some(entries.length, "entry", "entries")}, ${some(pages.length, "page", "pages")}`;
  };

  // A field with its list of results below: a combobox, as the ARIA practices describe it.
  const attach = (form, number) => {
    const input = form.querySelector("input[name=q]");
    const id = `lossary-results-${number}`;
    const list = make("div", { id, role: "listbox", "aria-label": "Search results" });
    const status = make("div", { class: "lossary-search-status", role: "status" });
    const panel = make("div", { class: "lossary-search-panel" }, list, status);
    panel.hidden = true;
    form.append(panel);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list",
    })) {
      input.setAttribute(name, value);
    }

    let options = [];
    let active = -1;
    const open = (is) => {
      panel.hidden = !is;
      input.setAttribute("aria-expanded", String(is && options.length > 0));
      if (!is) choose(-1);
    };
    const choose = (place) => {
      options[active]?.setAttribute("aria-selected", "false");
      active = place;
      const option = options[active];
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    };

    const show = async () => {
      if (!input.value.trim()) return open(false);
      let search;
      try {
        search = await load();
      } catch (error) {
        list.replaceChildren();
        status.replaceChildren(`${error.message}. `, make("a", { href: address("glossary.html") }, "A to Z"));
        return open(true);
      }
      const query = input.value;
      if (!query.trim()) return open(false);
      const found = find(search, query, SHOWN);
      choose(-1);
      list.replaceChildren();
      options = [];
      for (const [kind, title] of [["entries", "Entries"], ["pages", "Pages"]]) {
        const links = found[kind].map((hit, i) =>
          result(hit, { id: `${id}-${kind}-${i}`, role: "option", tabindex: "-1", "aria-selected": "false" }),
        );
        options.push(...links);
        const head = make("div", { class: "lossary-hit-group", "aria-hidden": "true" }, title);
        if (links.length) list.append(make("div", { role: "group", "aria-label": title }, head, ...links));
      }
      list.hidden = !options.length;
      if (!options.length) status.replaceChildren(nothing(search, query));
      else {
        const all = `${address("search.html")}?q=${encodeURIComponent(query.slice(0, 500))}`;
        status.replaceChildren(`${count(found)}. `, make("a", { href: all }, "All results"));
      }
      return open(true);
    };

    input.addEventListener("focus", () => {
      load().catch(() => {});
      if (input.value && panel.hidden) show();
    });
    input.addEventListener("input", show);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !panel.hidden) {
        event.preventDefault(); // which would empty the field
        open(false);
      } else if (["ArrowDown", "ArrowUp"].includes(event.key) && options.length) {
        event.preventDefault();
        if (panel.hidden) open(true);
        const step = event.key === "ArrowDown" ? 1 : -1;
        // One place more than there are options: none of them.
        choose(((active + 1 + step + options.length + 1) % (options.length + 1)) - 1);
      } else if (event.key === "Enter" && active >= 0 && !event.isComposing) {
        event.preventDefault();
        options[active].click();
        open(false);
      }
    });
    // The list closes when the focus leaves the form; a link in it may have the focus.
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) open(false);
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus
    list.addEventListener("click", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) open(false);
    });
  };

  // The page of results, which follows the query in the address and what is typed.
  const results = async (form, place) => {
    const input = form.querySelector("input[name=q]");
    const show = async () => {
      document.body.removeAttribute("data-search-done");
      const query = input.value;
      document.title = query.trim() ? `${query.slice(0, 80)} · Lossary` : "Search · Lossary";
      try {
        const search = await load();
        if (query !== input.value) return; // somebody typed on
        const found = find(search, query, LISTED);
        const empty = !found.entries.length && !found.pages.length;
        const parts = [["entries", "Entries"], ["pages", "Pages"]].flatMap(([kind, title]) => {
          const items = found[kind].map((hit) => make("li", {}, result(hit)));
          return items.length ? [make("h2", {}, title), make("ol", { class: "lossary-hits" }, ...items)] : [];
        });
        place.replaceChildren(...(empty && query.trim() ? [nothing(search, query)] : parts));
      } catch (error) {
        place.replaceChildren(make("p", {}, `${error.message}. `, make("a", { href: address("glossary.html") }, "A to Z")));
      }
      document.body.setAttribute("data-search-done", "");
    };
    input.addEventListener("input", () => {
      try {
        history.replaceState(null, "", `?q=${encodeURIComponent(input.value.slice(0, 500))}`);
      } catch {
        // A page that is opened from a file keeps its address.
      }
      show();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      place.querySelector("a[data-result]")?.focus();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      place.querySelector("a")?.focus();
    });
    place.addEventListener("keydown", (event) => {
      const links = [...place.querySelectorAll("a")];
      const at = links.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (at < 0 || (!step && event.key !== "Escape")) return;
      event.preventDefault();
      (links[at + step] || (step > 0 ? links[at] : input)).focus();
    });
    input.value = new URLSearchParams(location.search).get("q") || "";
    await show();
    if (!input.value) input.focus();
  };

  const place = document.getElementById("lossary-results");
  const forms = [...document.querySelectorAll('form[role="search"]')];
  forms.forEach((form, number) => {
    if (place && form.parentElement.contains(place)) results(form, place);
    else attach(form, number);
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const ctrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    if (!slash && !ctrlK) return;
    const input = forms.map((form) => form.querySelector("input[name=q]")).find((field) => field.checkVisibility());
    if (!input) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the theme would open a search of its own
    input.focus();
    input.select();
  }, true);
})();
