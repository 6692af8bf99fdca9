// The rates of the last five minutes. Their times are from a clock that is never set (performance.now()). A rate is the
// difference of two counters divided by that of the daemon's uptime.

const historySeconds = 300;
const sampleLimit = 300;
/** Samples that are further apart than this have a gap between them. */
const gapMilliseconds = 2500;
const recentSamples = 5;
/** The rates, and the counter that each is made from. */
const rateCounters = { messages: 'messages.received', bytes: 'bytes.received', dropped: 'dropped.total', lost: 'lost' };
/** If startedAt differs by no more than this, the system's clock was adjusted, and it is still the same start. */
const startTolerance = 2000;
/** The daemon's uptime may lag behind our clock by that much, because the machine or its network was busy. */
const uptimeLagSeconds = 10;

/** What was added between two values of a counter. A counter that went down began again at 0. */
const increase = (before, after) => Number(before === undefined || after < before ? after : after - before);

class Series {
  /** How many samples there are since the last gap. */
  #fresh = 0;

  constructor(length) {
    for (const rate of Object.keys(rateCounters)) this[rate] = Array(length).fill(null);
  }

  /** Begins again after a gap. */
  begin() {
    this.#fresh = 0;
  }

  add(sample) {
    this.#fresh += 1;
    for (const rate of Object.keys(rateCounters)) this[rate].push(sample?.[rate] ?? null);
  }

  remove(count) {
    for (const rate of Object.keys(rateCounters)) this[rate].splice(0, count);
  }

  latest(rate) {
    return this[rate].at(-1) ?? null;
  }

  /** The mean of the last few samples, so that what it shows stays long enough to be read. */
  recent(rate) {
    const values = this[rate].slice(this[rate].length - Math.min(recentSamples, this.#fresh));
    return values.reduce((sum, value) => sum + (value ?? 0), 0) / Math.max(1, values.length);
  }

  peak(rate) {
    return this[rate].reduce((peak, value) => Math.max(peak, value ?? 0), 0);
  }
}

class RateHistory {
  constructor() {
    /** When the samples were taken; each series has a value for each of them, or null. */
    this.times = [];
    this.totals = new Series(0);
    this.listeners = new Map();
    /** The answer that the next one is compared with. */
    this.basis = null;
  }

  /** Adds the rates since the answer before. Returns whether the daemon was restarted in between. */
  add(answer, now) {
    const before = this.basis;
    this.keepOnly(new Set(answer.listeners.map((listener) => listener.name)));
    const isRestart = before !== null && wasRestarted(before, answer, now);
    const seconds = before === null ? 0 : isRestart ? answer.uptime : answer.uptime - before.uptime;
    if (before !== null && seconds <= 0) return isRestart;
    const { uptime, startedAt, totals } = answer;
    this.basis = { at: now, uptime, startedAt, totals, listeners: new Map() };
    for (const listener of answer.listeners) this.basis.listeners.set(listener.name, listener.counters);
    if (before === null) return false;
    const rates = (from, to) => {
      const pairs = Object.entries(rateCounters).map(([rate, name]) => {
        const added = increase(isRestart ? 0n : from?.[name], to[name] ?? 0n);
        return [rate, added / seconds];
      });
      return Object.fromEntries(pairs);
    };
    if (now - this.times.at(-1) > gapMilliseconds) {
      for (const series of [this.totals, ...this.listeners.values()]) series.begin();
    }
    this.times.push(now);
    this.totals.add(rates(before.totals, answer.totals));
    for (const { name, counters } of answer.listeners) {
      this.listeners.get(name).add(rates(before.listeners.get(name), counters));
    }
    this.forget(now);
    return isRestart;
  }

  /** Keeps a series for each of these listeners, and for no other. */
  keepOnly(names) {
    for (const name of this.listeners.keys()) if (!names.has(name)) this.listeners.delete(name);
    for (const name of names) {
      if (!this.listeners.has(name)) this.listeners.set(name, new Series(this.times.length));
    }
  }

  forget(now) {
    const kept = this.times.findIndex((time) => now - time <= historySeconds * 1000);
    const old = Math.max(kept < 0 ? this.times.length : kept, this.times.length - sampleLimit);
    this.times.splice(0, old);
    for (const series of [this.totals, ...this.listeners.values()]) series.remove(old);
  }

  /** The history as text for restored(). */
  saved() {
    const last = this.times.at(-1) ?? 0;
    const brief = (series) =>
      Object.fromEntries(Object.entries(series).map(([rate, values]) => [rate, values.map(briefly)]));
    return JSON.stringify(
      {
        basis: { ...this.basis, listeners: [...(this.basis?.listeners ?? [])] },
        times: this.times.map((time) => Math.round(time - last)),
        totals: brief(this.totals),
        listeners: [...this.listeners].map(([name, series]) => [name, brief(series)]),
      },
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    );
  }

  /** The saved history, or an empty one if the daemon was restarted meanwhile. Throws if the text is not a history. */
  static restored(text, answer, now) {
    const history = new RateHistory();
    const saved = JSON.parse(text);
    const { basis } = saved;
    const elapsed = answer.uptime - basis.uptime;
    const startDifference = Math.abs(Date.parse(answer.startedAt) - Date.parse(basis.startedAt));
    if (!(elapsed >= 0 && elapsed <= historySeconds && startDifference <= startTolerance)) return history;
    const counters = (saved) => {
      const pairs = Object.entries(saved).map(([name, value]) => [name, BigInt(value)]);
      return Object.fromEntries(pairs);
    };
    const isRate = (value) => value === null || typeof value === 'number';
    const times = saved.times.filter(Number.isFinite);
    const series = (rates) => {
      const restored = new Series(0);
      for (const rate of Object.keys(rateCounters)) {
        restored[rate] = rates[rate].filter(isRate);
        if (restored[rate].length !== times.length) throw new TypeError('not a rate for each time');
      }
      return restored;
    };
    history.times = times.map((time) => now - elapsed * 1000 + time);
    history.totals = series(saved.totals);
    history.listeners = new Map(saved.listeners.map(([name, rates]) => [name, series(rates)]));
    history.basis = {
      ...basis,
      at: now - elapsed * 1000,
      totals: counters(basis.totals),
      listeners: new Map(basis.listeners.map(([name, saved]) => [name, counters(saved)])),
    };
    return history;
  }
}

/** The uptime and the totals never go down while a daemon runs, and the uptime keeps up with our clock. */
function wasRestarted(before, after, now) {
  const names = ['messages.received', 'bytes.received', 'dropped.total'];
  const lag = (now - before.at) / 1000 - (after.uptime - before.uptime);
  const wentDown = names.some((name) => after.totals[name] < before.totals[name]);
  return lag > uptimeLagSeconds || after.uptime < before.uptime || wentDown;
}

/** A rate with at most three decimals. */
const briefly = (rate) => (rate === null ? null : Math.round(rate * 1000) / 1000);
