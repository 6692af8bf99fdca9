// Records in `drawn` the lines of messages with each answer that the page shows, from the first one on. The last record
// of a document stays in the session's storage for the next document.
window.drawn = [];
new MutationObserver(() => {
  const line = (part) => part.querySelector("svg[data-line='messages'] .line").getAttribute("d") ?? "";
  const rows = [...document.querySelectorAll("[data-listener]")].map((row) => [row.dataset.listener, line(row)]);
  drawn.push({
    uptime: Number(document.getElementById("listeners").dataset.uptime),
    state: document.documentElement.dataset.state,
    totals: line(document.getElementById("totals")),
    rows: Object.fromEntries(rows),
  });
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-uptime"] });
addEventListener("pagehide", () => {
  if (drawn.length > 0) sessionStorage.setItem("drawn", JSON.stringify(drawn.at(-1)));
});
