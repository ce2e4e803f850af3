// lossaryLoad(file, name) loads a script beside this one, once, and gives what it sets on the window.

(() => {
  "use strict";

  const folder = document.currentScript.src;
  const loading = new Map();

  window.lossaryLoad = (file, name) => {
    if (!loading.has(file)) {
      const loaded = new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(file, folder).href;
        script.addEventListener("load", () => resolve(window[name]));
        script.addEventListener("error", () => {
          loading.delete(file); // who asks next tries again
          reject(new Error(`${file} cannot be loaded`));
        });
        document.head.append(script);
      });
      loading.set(file, loaded);
    }
    return loading.get(file);
  };
})();
