// Before anything is drawn: the color mode that the reader chose, else that of the system.
(() => {
  const root = document.documentElement;
  let stored = null;
  try {
    stored = localStorage.getItem("mode");
  } catch {
    // A browser may forbid a page that is opened from a file to store anything.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.mode = stored || "auto";
  root.dataset.theme = root.dataset.mode === "auto" ? (dark ? "dark" : "light") : root.dataset.mode;
  root.classList.add("js");
})();
