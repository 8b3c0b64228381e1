/*
 * Runs before the first paint and before the modules: shows index.html's message if they cannot run, applies the theme and
 * the density, and preloads the connection. A classic script in the syntax of 2009, so that browsers without modules run it too.
 */
(function () {
  var root = document.documentElement;
  function fail() {
    root.setAttribute("data-failed", "");
  }
  // loads the page again if the server answers; else the browser's own error page would stand here
  document.addEventListener("click", function (event) {
    var link = event.target as HTMLElement | null;
    if (!link || link.id !== "load-again" || !window.XMLHttpRequest) return;
    event.preventDefault();
    var asked = new XMLHttpRequest();
    asked.open("GET", location.href);
    asked.onload = function () {
      location.reload();
    };
    asked.onerror = function () {
      document.getElementById("no-server")?.removeAttribute("hidden");
    };
    asked.send();
  });
  // the newest that the bundle needs: modules, :has() (Chrome 105, Firefox 121) and look-behind (Safari 16.4)
  function isSupported() {
    try {
      RegExp("(?<=a)b");
      return "noModule" in document.createElement("script") && CSS.supports("selector(:has(a))");
    } catch (error) {
      return false;
    }
  }
  if (!isSupported()) fail();
  window.addEventListener(
    "error",
    function (event) {
      var failed = event.target as EventTarget | null;
      // a module that could not be loaded, or an exception; not a picture or a style
      if (failed === window || (failed as Element | null)?.tagName === "SCRIPT") fail();
    },
    true,
  );
})();

(function () {
  var script = document.currentScript as HTMLScriptElement | null;
  // core/local-store.ts has the same names: <base>/assets/start.js → studyhall<base>.appearance
  var base = script ? script.src.replace(/^\w+:\/\/[^/]*/, "").replace(/\/assets\/[^/]*$/, "") : "";
  var prefix = "studyhall" + base + ".";

  function stored(name: string): unknown {
    try {
      return JSON.parse(localStorage.getItem(prefix + name) || "null");
    } catch (error) {
      return null;
    }
  }

  /*
   * Theme and density: attributes of <html>, from what ui/appearance.tsx stored in this browser. They follow the system, and
   * changes in other tabs.
   */
  // --sheet of style/tokens.css, by theme
  var COLOURS = { light: "#fdfbf6", dark: "#1b2022", lightContrast: "#ffffff", darkContrast: "#000000" };
  type Appearance = { theme?: string; density?: string };
  var root = document.documentElement;
  var dark = "matchMedia" in window ? matchMedia("(prefers-color-scheme: dark)") : null;
  var contrast = "matchMedia" in window ? matchMedia("(prefers-contrast: more)") : null;

  function setAttribute(name: string, value: string | null) {
    if (value === null) root.removeAttribute(name);
    else root.setAttribute(name, value);
  }
  var chosen = (stored("appearance") || {}) as Appearance;
  function apply() {
    var isDark = chosen.theme === "dark" || (chosen.theme !== "light" && Boolean(dark && dark.matches));
    var isSystem = !/^(light|dark|contrast)$/.test(chosen.theme || "");
    var hasContrast = chosen.theme === "contrast" || (isSystem && Boolean(contrast && contrast.matches));
    setAttribute("data-theme", isDark ? "dark" : "light");
    setAttribute("data-contrast", hasContrast ? "" : null);
    setAttribute("data-density", chosen.density === "compact" ? "compact" : null);
    var meta = document.querySelector('meta[name="theme-color"]');
    if (!meta) return;
    if (hasContrast) meta.setAttribute("content", isDark ? COLOURS.darkContrast : COLOURS.lightContrast);
    else meta.setAttribute("content", isDark ? COLOURS.dark : COLOURS.light);
  }
  apply();
  if (dark && dark.addEventListener) dark.addEventListener("change", apply);
  if (contrast && contrast.addEventListener) contrast.addEventListener("change", apply);
  window.addEventListener("storage", function (event) {
    if (event.key !== prefix + "appearance" && event.key !== null) return;
    chosen = (stored("appearance") || {}) as Appearance;
    apply();
  });
  window.addEventListener("appearance", function (event) {
    chosen = (event as CustomEvent<Appearance>).detail;
    apply();
  });

  function preload(module: string) {
    var link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = module;
    document.head.appendChild(link);
  }
  // a browser with a session connects: the entry would load the client one round trip later
  var connection = script && script.getAttribute("data-connection");
  if (connection && stored("session")) preload(connection);
})();
