/*
 * Runs before the modules and shows index.html's message if they cannot run. A classic script in the syntax of 2009, so
 * that browsers without modules or import maps run it too.
 */
(function () {
  var root = document.documentElement;
  function fail() {
    root.setAttribute("data-failed", "");
  }
  var Script = window.HTMLScriptElement;
  if (!Script || !Script.supports || !Script.supports("importmap")) fail();
  window.addEventListener("error", function (event) {
    // a module that could not be loaded, or an exception; not a picture or a style
    if (event.target === window || event.target.tagName === "SCRIPT") fail();
  }, true);
})();
