// In each page that `nox -s live` serves: reload it when it was written, show what is wrong.
(() => {
  let written = null;
  const box = document.createElement("pre");
  box.id = "lossary-problems";
  box.setAttribute("role", "alert");
  box.style.cssText =
    "position:fixed;inset:auto 0 0 0;max-height:50vh;overflow:auto;margin:0;padding:1rem;" +
    "z-index:9999;background:#400;color:#fff;font-size:.85rem;white-space:pre-wrap";
  const source = new EventSource(`/-/news?page=${encodeURIComponent(location.pathname)}`);
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    if (written !== null && state.written && state.written !== written) location.reload();
    written = state.written || written;
    box.textContent = state.problems;
    if (state.problems) document.body.append(box);
    else box.remove();
  };
})();
