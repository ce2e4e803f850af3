/* What an entry does in the browser: previews of linked terms, and a button that copies its link.
   The text of the previews stands in the page, in <template id="lossary-previews">. */

(() => {
  const SHOW_AFTER = 150; // ms, so that passing over a link shows nothing
  const LONG_PRESS = 450;

  const template = document.getElementById("lossary-previews");
  const previews = new Map(
    template ? [...template.content.children].map((part) => [part.dataset.href, part]) : [],
  );

  const card = document.createElement("div");
  card.id = "lossary-preview";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);

  let timer = 0;
  let shown = null;

  const previewOf = (target) => {
    const link = target instanceof Element ? target.closest("a[href]") : null;
    return link && !card.contains(link) && previews.has(link.getAttribute("href")) ? link : null;
  };

  const show = (link) => {
    card.replaceChildren(previews.get(link.getAttribute("href")).cloneNode(true));
    card.hidden = false;
    const place = link.getBoundingClientRect();
    const left = Math.min(place.left, document.documentElement.clientWidth - card.offsetWidth - 8);
    const below = place.bottom + card.offsetHeight + 8 < window.innerHeight;
    card.style.left = `${Math.max(8, left) + window.scrollX}px`;
    card.style.top = `${(below ? place.bottom + 4 : place.top - card.offsetHeight - 4) + window.scrollY}px`;
    shown = link;
    shown.setAttribute("aria-describedby", card.id);
  };

  const hide = () => {
    clearTimeout(timer);
    card.hidden = true;
    shown?.removeAttribute("aria-describedby");
    shown = null;
  };

  const soon = (link, delay) => {
    clearTimeout(timer);
    timer = setTimeout(show, delay, link);
  };

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = previewOf(event.target);
    if (link && link !== shown) soon(link, SHOW_AFTER);
    // The pointer may go into the card, to read or to select.
    else if (!link && !card.contains(event.target)) hide();
  });
  document.addEventListener("focusin", (event) => {
    const link = previewOf(event.target);
    if (link?.matches(":focus-visible")) show(link);
    else if (!link) hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });

  document.addEventListener("pointerdown", (event) => {
    const link = previewOf(event.target);
    if (event.pointerType === "touch" && link) soon(link, LONG_PRESS);
    else if (!card.contains(event.target)) hide();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => clearTimeout(timer));
  }
  // A long press shows the card instead of the browser's menu, and then follows no link.
  document.addEventListener("contextmenu", (event) => {
    if (shown && shown === previewOf(event.target) && matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    const pressed = shown && shown === previewOf(event.target);
    if (pressed && event.pointerType === "touch") event.preventDefault();
  });

  const root = document.documentElement.dataset.content_root || "./";
  const copyButton = (slug) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "lossary-copy";
    button.textContent = "copy link";
    button.setAttribute("aria-label", `Copy the short link of ${slug}`);
    button.addEventListener("click", async () => {
      const address = new URL(`${root}t/${slug}/`, document.baseURI).href;
      try {
        await navigator.clipboard.writeText(address);
        button.textContent = "copied";
      } catch {
        // Without leave to write to the clipboard the address is shown, to be copied by hand.
        button.textContent = address;
      }
      setTimeout(() => (button.textContent = "copy link"), 4000);
    });
    return button;
  };
  for (const section of document.querySelectorAll("section.lossary-section[id]")) {
    section.querySelector("h2, h3")?.after(copyButton(section.id));
  }
  for (const head of document.querySelectorAll(".lossary-parameter[id] > .lossary-parameter-head")) {
    head.append(copyButton(head.parentElement.id));
  }
})();
