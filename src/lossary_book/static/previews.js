// Previews: a link to an entry shows the entry's definition, shape and names in a card when it is
// pointed at, focused or pressed long. The texts come in previews-data.js with the first of them.

(() => {
  "use strict";

  const SHOW_AFTER = 150; // ms, so that passing over a link shows nothing
  const LONG_PRESS = 450;
  const EDGE = 8; // pixels that the card keeps from the edges of the window

  const root = new URL(document.documentElement.dataset.content_root || "./", document.baseURI).href;
  const make = (tag, text = "", ...children) => {
    const element = document.createElement(tag);
    element.append(text, ...children);
    return element;
  };

  const load = () => window.lossaryLoad("previews-data.js", "lossaryPreviews");

  const card = make("div");
  card.id = "lossary-preview";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);

  let timer = 0;
  let wanted = null; // the link that the pointer or the focus is at
  let shown = null;
  let pressed = false; // a long press opened the card, so the finger's click follows no link

  const key = (link) => link.href.slice(root.length);
  // A link to an anchor of the book that is no part of the contents, the header or the card.
  const linkAt = (target) => {
    const link = target instanceof Element ? target.closest("main article a[href*='#']") : null;
    const plain = link && !link.matches(".headerlink, .lossary-letters a");
    return plain && !card.contains(link) && link.href.startsWith(root) ? link : null;
  };

  const fill = ({ term, code, definition, facts }) => {
    const list = make("dl");
    for (const [title, text] of facts) list.append(make("dt", title), make("dd", text));
    const head = make("p", "", make(code ? "code" : "strong", term));
    card.replaceChildren(head, make("p", definition), ...(facts.length ? [list] : []));
  };

  const place = (link) => {
    const at = link.getClientRects()[0]; // of a link that is broken, its first line
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const left = Math.max(EDGE, Math.min(at.left, width - card.offsetWidth - EDGE));
    // Below the link, or above it where there is more room.
    const [above, below] = [at.top - EDGE, height - at.bottom - EDGE];
    const fits = card.offsetHeight < below || above < below;
    card.style.maxHeight = `${fits ? below : above}px`;
    const top = fits ? at.bottom + 4 : at.top - card.offsetHeight - 4;
    card.style.left = `${left + window.scrollX}px`;
    card.style.top = `${top + window.scrollY}px`;
  };

  const show = async (link) => {
    const preview = (await load())[key(link)];
    if (!preview || link !== wanted || link === shown) return;
    fill(preview);
    card.style.maxHeight = "";
    card.hidden = false;
    place(link);
    shown = link;
    link.setAttribute("aria-describedby", card.id);
  };

  const hide = () => {
    clearTimeout(timer);
    wanted = null;
    card.hidden = true;
    shown?.removeAttribute("aria-describedby");
    shown = null;
  };

  const soon = (link, delay) => {
    if (link !== shown) hide();
    wanted = link;
    load().catch(() => {});
    timer = setTimeout(() => show(link).catch(() => {}), delay);
  };

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || card.contains(event.target)) return clearTimeout(timer);
    const link = linkAt(event.target);
    if (link && link !== wanted) soon(link, SHOW_AFTER);
    else if (!link && wanted) {
      // The pointer may cross the gap to the card, to read or to select.
      clearTimeout(timer);
      timer = setTimeout(hide, SHOW_AFTER);
    }
    return undefined;
  });
  document.addEventListener("focusin", (event) => {
    const link = linkAt(event.target);
    if (link?.matches(":focus-visible")) soon(link, 0);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });

  document.addEventListener("pointerdown", (event) => {
    pressed = false;
    if (card.contains(event.target)) return;
    hide();
    const link = event.pointerType === "touch" ? linkAt(event.target) : null;
    if (link) soon(link, LONG_PRESS);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, (event) => {
      if (event.pointerType !== "touch") return;
      pressed = end === "pointerup" && shown !== null && shown === linkAt(event.target);
      if (!shown) hide();
    });
  }
  // A long press shows the card instead of the browser's menu, and then follows no link.
  document.addEventListener("contextmenu", (event) => {
    const touch = event.pointerType === "touch" || matchMedia("(pointer: coarse)").matches;
    if (touch && wanted && wanted === linkAt(event.target)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (pressed) event.preventDefault();
    pressed = false;
  });
})();
