/*
 * Runs before the modules and shows index.html's message if they cannot run. A classic script in the syntax of 2009, so
 * that browsers without modules run it too.
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
