// What the page shows at this moment, from its attributes and texts.
const figures = (part) =>
  [...(part?.querySelectorAll("data[data-figure]") ?? [])].map((each) => [
    each.dataset.figure, { value: each.getAttribute("value"), text: each.textContent.trim() }]);
const table = document.getElementById("listeners");
return {
  state: document.documentElement.dataset.state,
  words: document.getElementById("state")?.textContent.trim(),
  version: document.getElementById("version")?.textContent.trim(),
  uptime: table?.getAttribute("data-uptime"),
  // Of the answer that was shown before, if watch.js has seen it.
  uptimeBefore: window.watched?.answers.at(-2)?.uptime ?? null,
  totals: figures(document.getElementById("totals")),
  rows: [...document.querySelectorAll("[data-listener]")].map((row) => ({
    name: row.getAttribute("data-listener"),
    text: row.textContent,
    isShown: row.checkVisibility(),
    figures: figures(row),
    marks: [...row.querySelectorAll("[data-mark]")]
      .filter((each) => each.checkVisibility()).map((each) => each.dataset.mark),
  })),
};
