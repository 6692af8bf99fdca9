// Asks for a resource again and again, one request at a time.

/** A request that takes longer counts as unanswered, although an answer may still come. */
const lateMilliseconds = 800;
/** On a slow network it may take that many times as long as the last answer did. */
const latePatience = 2;
/** The last part of that time, in which a busy browser can still process an answer that has arrived. */
const graceMilliseconds = 100;
/** A request that takes longer is aborted. */
const requestLimitMilliseconds = 5000;

/** The content at a path. Throws an Error that says why there is none. */
async function fetchText(path, signal) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), requestLimitMilliseconds);
  const giveUp = () => limit.abort();
  signal?.addEventListener('abort', giveUp);
  try {
    const response = await fetch(path, { signal: limit.signal, cache: 'no-store', credentials: 'same-origin' });
    const text = await response.text();
    if (!response.ok) throw new Error(`status ${response.status}${reasonIn(response, text)}`);
    return text;
  } catch (error) {
    if (limit.signal.aborted) throw new Error(`no answer within ${requestLimitMilliseconds / 1000} seconds`);
    throw error instanceof TypeError ? new Error('the connection failed') : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** What echod says about its status; another server may have sent a page. */
function reasonIn(response, text) {
  const isPlain = response.headers.get('Content-Type')?.startsWith('text/plain');
  return isPlain ? `: ${text.trim().replace(/\.$/, '').slice(0, 200)}` : '';
}

class Poller {
  /**
   * @param path what to ask for
   * @param interval milliseconds between the starts of two requests
   * @param receive called with the text of each answer; what it throws makes the answer unreadable
   * @param miss called with the reason when there is no answer
   */
  constructor(path, interval, receive, miss) {
    Object.assign(this, { path, interval, receive, miss });
    this.current = null;
    /** How many milliseconds the last answer took. */
    this.duration = 0;
  }

  start() {
    if (this.current === null) this.run((this.current = new AbortController()));
  }

  stop() {
    this.current?.abort();
    this.current = null;
  }

  async run(current) {
    while (this.current === current) {
      const start = performance.now();
      const isLate = () => this.current === current && this.miss('still waiting');
      const patience = Math.max(lateMilliseconds, latePatience * this.duration);
      let late = setTimeout(() => (late = setTimeout(isLate, graceMilliseconds)), patience - graceMilliseconds);
      try {
        const text = await fetchText(this.path, current.signal);
        this.duration = performance.now() - start;
        if (this.current === current) this.accept(text);
      } catch (error) {
        if (this.current === current) this.miss(error.message);
      } finally {
        clearTimeout(late);
      }
      await sleep(Math.max(100, start + this.interval - performance.now()));
    }
  }

  accept(text) {
    try {
      this.receive(text);
    } catch {
      throw new Error('the answer is not one of echod');
    }
  }
}

const sleep = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));
