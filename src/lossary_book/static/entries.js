/* Buttons that copy: the short link of an entry, the code of a cell. The menus of the header. */

(() => {
  const status = document.createElement("div");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  document.body.append(status);

  // Where the browser gives no leave to write to the clipboard, a selection of the text is copied.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      field.className = "visually-hidden";
      const before = document.activeElement;
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      before?.focus();
      return done;
    }
  };

  const copyButton = (title, label, text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "lossary-copy";
    button.textContent = title;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", async () => {
      const done = await copy(text());
      button.textContent = done ? "copied" : text();
      status.textContent = done ? "Copied" : "Not copied: the browser does not allow it";
      setTimeout(() => {
        button.textContent = title;
        status.textContent = "";
      }, 4000);
    });
    return button;
  };

  const root = document.documentElement.dataset.content_root || "./";
  // A server shows the page of a folder; a browser that opens files lists the folder.
  const file = location.protocol === "file:" ? "index.html" : "";
  const shortLink = (slug) => new URL(`${root}t/${slug}/${file}`, document.baseURI).href;
  const linkButton = (slug) => copyButton("copy link", `copy link of ${slug}`, () => shortLink(slug));
  for (const section of document.querySelectorAll("section.lossary-section[id]")) {
    section.querySelector("h2, h3")?.after(linkButton(section.id));
  }
  for (const head of document.querySelectorAll(".lossary-parameter[id] > .lossary-parameter-head")) {
    head.append(linkButton(head.parentElement.id));
  }

  // A cell is copied as it is written; an example of a docstring without prompts and output.
  const code = (pre) => {
    const lines = pre.textContent.trimEnd().split("\n");
    if (!lines.some((line) => line.startsWith(">>>"))) return `${lines.join("\n")}\n`;
    const typed = lines.filter((line) => /^(>>>|\.\.\.)( |$)/.test(line));
    return typed.map((line) => `${line.slice(4)}\n`).join("");
  };
  for (const pre of document.querySelectorAll(".cell_input pre, .doctest pre")) {
    pre.parentElement.parentElement.append(copyButton("copy", "copy the code", () => code(pre)));
  }

  // What is wider than the page scrolls in its own box, with the keyboard too.
  const reach = (entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  };
  const observer = new ResizeObserver(reach);
  for (const box of document.querySelectorAll("div.math, .pst-scrollable-table-container")) {
    observer.observe(box);
  }

  for (const button of document.querySelectorAll(".lossary-print")) {
    button.addEventListener("click", () => window.print());
  }
  const menus = [...document.querySelectorAll(".lossary-menu")];
  const close = (but) => menus.filter((menu) => menu !== but).forEach((menu) => (menu.open = false));
  document.addEventListener("click", (event) => {
    const menu = event.target.closest(".lossary-menu");
    close(event.target.closest("summary") && menu);
    menu?.querySelector("summary").focus();
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && menus.find((menu) => menu.open);
    if (!open) return;
    close();
    open.querySelector("summary").focus();
  });
  for (const menu of menus) {
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }
})();
