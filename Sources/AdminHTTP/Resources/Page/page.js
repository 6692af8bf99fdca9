// Polls /stats and shows what it answers.

const pollMilliseconds = 1000;
const storageKey = 'echod.history';

let history = new RateHistory();
let answer = null;
/** When the last answer arrived, by performance.now(). */
let answeredAt = performance.now();
/** Why there is no answer; null while there is one. */
let failure = null;
let isFirst = true;

const header = new Header();
const rows = new Map();
const rowsByBody = new WeakMap();
const clients = new ClientsPoller();
const arrangement = new Arrangement(() => answer && arrange());
const table = bySelector('#listeners');

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const row = rowsByBody.get(target);
      row.isInView = isIntersecting;
      if (isIntersecting && row.shown) drawRow(row);
    }
  },
  { rootMargin: '200px' },
);

function drawRow(row) {
  row.draw(history, failure === null ? answeredAt : performance.now(), failure === null);
}

function adopt(row) {
  rows.set(row.name, row);
  rowsByBody.set(row.body, row);
  observer.observe(row.body);
  row.button.addEventListener('click', () => clients.toggle(row));
}

/** Makes rows for listeners that are new, and removes those of listeners that are gone. */
function updateRows() {
  const names = new Set(answer.listeners.map((listener) => listener.name));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    clients.close(name);
    observer.unobserve(row.body);
    row.body.remove();
    rows.delete(name);
  }
  for (const listener of answer.listeners) {
    if (!rows.has(listener.name)) adopt(Row.make(listener.name));
    rows.get(listener.name).listener = listener;
  }
}

/** Puts the rows in order and hides those that the filter excludes. */
function arrange() {
  const ordered = arrangement.sorted(answer.listeners.map((listener) => rows.get(listener.name)));
  place(table, [...table.children].filter((child) => child.tagName !== 'TBODY').concat(ordered.map((row) => row.body)));
  let shown = 0;
  for (const row of ordered) {
    row.body.hidden = !arrangement.matches(row);
    if (!row.body.hidden) shown += 1;
  }
  const total = ordered.length;
  setText(bySelector('#shown'), shown === total ? String(total) : `${shown} of ${total}`);
  bySelector('#none').hidden = shown > 0 || total === 0;
  table.toggleAttribute('data-few', shown <= 6);
}

function receive(text) {
  const next = parseStats(text);
  const now = performance.now();
  if (isFirst) restore(next, now);
  isFirst = false;
  const isRestart = history.add(next, now);
  answer = next;
  answeredAt = now;
  failure = null;
  setAttribute(table, 'data-uptime', String(answer.uptime));
  updateRows();
  arrange();
  header.showAnswer(answer);
  draw(isRestart);
}

function miss(reason) {
  failure = reason;
  draw();
}

function draw(isRestart = false) {
  const now = failure === null ? answeredAt : performance.now();
  if (failure === null) {
    header.showState(answer.state, ...verdictOf(answer, history), isRestart);
  } else {
    const elapsed = performance.now() - answeredAt;
    const since = timeOfDay(new Date(Date.now() - elapsed));
    const figures = answer ? ' The figures are from that time.' : '';
    const verdict = `No answer since ${since} (${duration(elapsed / 1000)}): ${failure}.${figures}`;
    header.showState('unreachable', 'gone', verdict);
  }
  if (!answer) return;
  header.view.draw(answer.totals, history.times, history.totals, now, failure === null);
  for (const row of rows.values()) if (!row.body.hidden) drawRow(row);
}

function restore(answer, now) {
  try {
    const saved = sessionStorage.getItem(storageKey);
    if (saved) history = RateHistory.restored(saved, answer, now);
  } catch {
    // Without storage, or with something else in it, the history starts empty.
  }
}

function save() {
  try {
    if (answer) sessionStorage.setItem(storageKey, history.saved());
  } catch {
    // The storage is full or not allowed.
  }
}

const poller = new Poller('stats', pollMilliseconds, receive, miss);

function follow() {
  if (document.hidden) poller.stop();
  else poller.start();
}

document.documentElement.toggleAttribute('data-live', true);
for (const body of table.tBodies) adopt(new Row(body));
document.addEventListener('visibilitychange', follow);
window.addEventListener('pagehide', save);
// While there is no answer, the page shows how long that has lasted.
setInterval(() => failure !== null && !document.hidden && draw(), pollMilliseconds);
follow();
