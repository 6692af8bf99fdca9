// Records in `watched`, by the page's clock: changes of state, what the announcer says, the answers that the page
// shows, and how late a busy machine makes the page's timers.
const heartbeat = 50;
window.watched = { states: [], said: [], answers: [], late: [] };
const root = document.documentElement;
new MutationObserver(() => watched.states.push({ at: performance.now(), state: root.dataset.state }))
  .observe(root, { attributes: true, attributeFilter: ["data-state"] });
const announcer = document.getElementById("announcer");
new MutationObserver(() => {
  const text = announcer.textContent.trim();
  if (text && watched.said.at(-1) !== text) watched.said.push(text);
}).observe(announcer, { childList: true, characterData: true, subtree: true });
new MutationObserver(() => watched.answers.push(performance.now()))
  .observe(document.getElementById("listeners"), { attributes: true, attributeFilter: ["data-uptime"] });
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  if (now - last > 2 * heartbeat) watched.late.push({ at: now, by: now - last - heartbeat });
  last = now;
}, heartbeat);
