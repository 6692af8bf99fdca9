// The answers of /stats and /clients.

/** Parses JSON with exact integers: those that a number would round become strings of digits. */
function parseJSON(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
  return JSON.parse(text.replace(token, (part) => (/^-?\d{16,}$/.test(part) ? `"${part}"` : part)));
}

/** A counter as a BigInt, whether it came as a number or as digits. */
function counter(value) {
  return BigInt(typeof value === 'number' ? Math.trunc(value) : value);
}

/** The reasons of drops by a listener's own rules. All other drops are losses. */
const dropsByRule = new Set(['denied', 'loopGuard', 'rateLimited', 'badProxyHeader', 'malformed', 'impaired']);

/** The counters that a listener and the totals have, by the names of their figures. */
function countersOf(object, dropped) {
  return {
    'messages.received': counter(object.messages.received),
    'messages.sent': counter(object.messages.sent),
    'bytes.received': counter(object.bytes.received),
    'bytes.sent': counter(object.bytes.sent),
    'clients.current': counter(object.clients.current),
    'clients.total': counter(object.clients.total),
    'dropped.total': counter(dropped),
  };
}

/** The counters of an object that are not 0, as pairs of name and value. */
function presentCounters(object) {
  const pairs = Object.entries(object ?? {}).map(([name, value]) => [name, counter(value)]);
  return pairs.filter(([name, value]) => name !== 'total' && value !== 0n);
}

function listenerOf(object) {
  const drops = presentCounters(object.dropped);
  const losses = drops.filter(([reason]) => !dropsByRule.has(reason));
  const host = object.address.includes(':') ? `[${object.address}]` : object.address;
  return {
    name: object.name,
    transport: object.transport,
    service: object.service,
    endpoint: `${host}:${object.port}`,
    counters: { ...countersOf(object, object.dropped.total), lost: losses.reduce((sum, [, count]) => sum + count, 0n) },
    drops,
    isPublic: object.public === true,
    queuesNotAnswering: object.queuesNotAnswering ?? 0,
    impaired: object.impaired ? presentCounters(object.impaired) : null,
  };
}

/** The answer of /stats. Throws if it is not one. */
function parseStats(text) {
  const object = parseJSON(text);
  if (typeof object.uptimeSeconds !== 'number' || typeof object.state !== 'string') throw new TypeError('not /stats');
  return {
    version: object.version,
    state: object.state,
    startedAt: object.startedAt,
    uptime: object.uptimeSeconds,
    totals: countersOf(object.totals, object.totals.dropped),
    listeners: object.listeners.map(listenerOf),
  };
}

/** The clients in an answer of /clients. Throws if it is not one. */
function parseClients(text) {
  return parseJSON(text).clients.map((object) => ({
    endpoint: object.client,
    messages: counter(object.messages),
    bytes: counter(object.bytes),
    lastSeen: Number(object.lastSeenSeconds),
  }));
}
