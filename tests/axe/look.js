/** Checks of the open view with axe-core, which is loaded before. tests/support/looking.py has the looks. */
globalThis.look = (() => {
  const CONTRAST = "color-contrast";
  const isJudged = ({ impact, tags }) => /serious|critical/.test(impact) && !/experimental|deprecated/.test(tags);
  const structure = axe._audit.rules
    .filter((rule) => rule.enabled && isJudged(rule))
    .map(({ id }) => id)
    .filter((id) => id !== CONTRAST && id !== "scrollable-region-focusable");
  if (!structure.includes("label")) throw new Error("axe-core has other names for its rules");
  const { Color, flattenColors, getContrast } = axe.commons.color;

  /** Return what the user can reach: the dialog above all others, or the page, which was checked before the dialog. */
  const place = () => [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  const twoFrames = () => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));

  /** True for elements with text of their own that has to be readable: not if it is only read aloud, or disabled. */
  function hasText(element) {
    const isField = element.matches("select, textarea, input:not([type=checkbox], [type=radio])");
    if (
      isField
        ? !element.value
        : ![...element.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim())
    )
      return false;
    const { width, right, bottom } = element.getBoundingClientRect();
    const isDisabled = element.closest(":disabled, [aria-disabled=true], [inert], label:has(:disabled)");
    return element.checkVisibility() && width > 1 && right > 0 && bottom > 0 && !isDisabled;
  }

  const parsed = new Map();
  /** Return a colour of CSS, as it looks in an element with an opacity. */
  function colourOf(text, opacity) {
    if (!parsed.has(text)) parsed.set(text, new Color().parseString(text));
    const { red, green, blue, alpha } = parsed.get(text);
    return new Color(red, green, blue, alpha * opacity);
  }

  /**
   * Return faults of contrast (WCAG 1.4.3) in colours of elements and their parents, in a fiftieth of axe-core's time.
   * axe-core has checked what else may be behind a text, and what does not depend on the theme.
   */
  function contrastFaults() {
    const opacities = new Map([[null, 1]]);
    const opacityOf = (element) => {
      if (!opacities.has(element)) opacities.set(element, getComputedStyle(element).opacity * opacityOf(element.parentElement));
      return opacities.get(element);
    };
    const backgrounds = new Map([[null, new Color(255, 255, 255)]]);
    const backgroundOf = (element) => {
      if (!backgrounds.has(element)) {
        const { backgroundColor, backgroundImage } = getComputedStyle(element);
        const below = backgroundOf(element.parentElement);
        const colour = colourOf(backgroundColor, opacityOf(element));
        const isPicture = backgroundImage !== "none";
        backgrounds.set(element, isPicture ? null : colour.alpha === 1 ? colour : below && flattenColors(colour, below));
      }
      return backgrounds.get(element);
    };
    return [...place().querySelectorAll("*")].filter(hasText).flatMap((element) => {
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const background = backgroundOf(element);
      if (!background || !opacityOf(element)) return [];
      const size = Number.parseFloat(fontSize);
      const needed = size >= 24 || (size >= 18.66 && fontWeight >= 700) ? 3 : 4.5;
      const contrast = getContrast(background, flattenColors(colourOf(color, opacityOf(element)), background));
      return contrast < needed
        ? [`${CONTRAST}: ${contrast.toFixed(2)}, not ${needed}: ${element.outerHTML.slice(0, 200)}`]
        : [];
    });
  }

  const options = { resultTypes: ["violations"], selectors: false };
  /** Return results of axe-core: of all rules, or of those that depend on the look. */
  async function results({ is_whole: isWhole, has_colours: hasColours, rules }) {
    const context = place() === document.body ? document : place();
    const found = isWhole ? [await axe.run(context, { ...options, runOnly: structure })] : [];
    const runOnly = isWhole && hasColours ? [CONTRAST, ...rules] : rules;
    if (runOnly.length) found.push(await axe.run(context, { ...options, runOnly }));
    return found;
  }

  /** Check the view in looks that have the same window, one after the other. */
  return async (looks) => {
    const root = document.documentElement;
    const before = [root.dataset.theme, root.hasAttribute("data-contrast"), root.dir];
    const show = (theme, hasContrast, direction) => {
      if (theme) root.dataset.theme = theme; // as start.ts does
      root.toggleAttribute("data-contrast", hasContrast);
      root.dir = direction;
    };
    await twoFrames(); // listeners of media queries are called at a frame
    const found = [];
    for (const look of looks) {
      show(look.theme, look.has_contrast, look.direction);
      while (document.getAnimations().some(({ playState }) => playState === "running")) await twoFrames();
      const checked = await results(look);
      const faults = checked.flatMap(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`)),
      );
      found.push({
        passed: checked.reduce((sum, { passes }) => sum + passes.length, 0),
        faults: look.has_colours ? [...faults, ...contrastFaults()] : faults,
        width: root.scrollWidth,
      });
    }
    show(...before);
    return found;
  };
})();
