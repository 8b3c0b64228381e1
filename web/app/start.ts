/*
 * Runs before the first paint and before the modules: shows index.html's message if they cannot run, and applies the theme
 * and the density. A classic script in the syntax of 2009, so that browsers without modules run it too.
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

/*
 * Theme and density: attributes of <html>, from what ui/appearance.tsx stored in this browser. They follow the system, and
 * changes in other tabs.
 */
(function () {
  // --sheet of style/tokens.css, by theme
  var COLOURS = { light: "#fdfbf6", dark: "#1b2022", lightContrast: "#ffffff", darkContrast: "#000000" };
  type Appearance = { theme?: string; density?: string };
  var root = document.documentElement;
  var script = document.currentScript as HTMLScriptElement | null;
  // core/local-store.ts has the same names: <base>/assets/start.js → studyhall<base>.appearance
  var base = script ? script.src.replace(/^\w+:\/\/[^/]*/, "").replace(/\/assets\/[^/]*$/, "") : "";
  var key = "studyhall" + base + ".appearance";
  var dark = "matchMedia" in window ? matchMedia("(prefers-color-scheme: dark)") : null;
  var contrast = "matchMedia" in window ? matchMedia("(prefers-contrast: more)") : null;

  function stored(): Appearance {
    try {
      return JSON.parse(localStorage.getItem(key) || "{}") || {};
    } catch (error) {
      return {};
    }
  }
  function setAttribute(name: string, value: string | null) {
    if (value === null) root.removeAttribute(name);
    else root.setAttribute(name, value);
  }
  var chosen = stored();
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
    if (event.key !== key && event.key !== null) return;
    chosen = stored();
    apply();
  });
  window.addEventListener("appearance", function (event) {
    chosen = (event as CustomEvent<Appearance>).detail;
    apply();
  });
})();
