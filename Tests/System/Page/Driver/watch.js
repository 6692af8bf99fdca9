// Records in `watched`, by the page's clock: changes of state, what the announcer says, when requests of /stats began,
// the answers that the page has shown (by their uptime), and how late a busy machine makes the page's timers.
const heartbeat = 50;
window.watched = { states: [], said: [], requests: [], answers: [], late: [] };
const root = document.documentElement;
new MutationObserver(() => watched.states.push({ at: performance.now(), state: root.dataset.state }))
  .observe(root, { attributes: true, attributeFilter: ["data-state"] });
const announcer = document.getElementById("announcer");
new MutationObserver(() => {
  const text = announcer.textContent.trim();
  if (text && watched.said.at(-1) !== text) watched.said.push(text);
}).observe(announcer, { childList: true, characterData: true, subtree: true });
const table = document.getElementById("listeners");
new MutationObserver(() => watched.answers.push({ at: performance.now(), uptime: table.dataset.uptime }))
  .observe(table, { attributes: true, attributeFilter: ["data-uptime"] });
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (each.name.endsWith("/stats")) watched.requests.push(each.startTime);
}).observe({ type: "resource", buffered: true });
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  if (now - last > heartbeat + 10) watched.late.push({ at: now, by: now - last - heartbeat });
  last = now;
}, heartbeat);
