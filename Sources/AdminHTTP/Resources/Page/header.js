// The state, in words and as a sign, and the figures of all listeners together.

const stateWords = { unreachable: 'not answering' };

class Header {
  constructor() {
    this.view = new FiguresView(bySelector('#totals'));
    setText(bySelector('#host'), location.host);
  }

  /** Shows the state, and announces it if it has changed. */
  showState(state, health, verdict) {
    const root = document.documentElement;
    const words = stateWords[state] ?? state;
    if (root.dataset.state !== state) setText(bySelector('#announcer'), `echod is ${words}. ${verdict}`);
    setAttribute(root, 'data-state', state);
    setAttribute(root, 'data-health', health);
    setText(bySelector('#state'), words);
    setText(bySelector('#verdict'), verdict);
    const title = `${health === 'well' ? '' : '⚠ '}echod on ${location.host}: ${words}`;
    if (document.title !== title) document.title = title;
    setAttribute(bySelector('link[rel=icon]'), 'href', iconOf(health));
  }

  showAnswer(answer) {
    setText(bySelector('#version'), answer.version);
    setText(bySelector('#uptime'), duration(answer.uptime));
    setText(bySelector('#started'), answer.startedAt.replace('T', ' ').replace('Z', ' UTC'));
  }
}

/** The icon of the tab: a disc if all is well, otherwise a square. */
function iconOf(health) {
  const shape = {
    well: '<circle cx="8" cy="8" r="7" fill="#1f9d61"/>',
    attention: '<path d="M8 1l7 14H1z" fill="#e0a100"/>',
    gone: '<path d="M2 2h12v12H2z" fill="#d4382c"/>',
  }[health];
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${shape}</svg>`)}`;
}

/** Whether all is well, and a sentence that says what is not. */
function verdictOf(answer, history) {
  const all = counted(answer.listeners.length, 'listener');
  if (answer.state !== 'running') {
    const sentences = {
      starting: 'It binds its addresses.',
      reloading: 'It changes to a new configuration and goes on serving.',
      stopping: 'It accepts nothing more and sends the replies that are due.',
    };
    return [answer.state === 'reloading' ? 'well' : 'attention', sentences[answer.state] ?? ''];
  }
  const stuck = answer.listeners.filter((listener) => listener.queuesNotAnswering > 0).length;
  const dropping = answer.listeners.filter(({ name }) => risingDrops(history.listeners.get(name)) > 0).length;
  const problems = [];
  if (stuck > 0) problems.push(`${counted(stuck, 'listener')} with queues that do not answer`);
  if (dropping > 0) problems.push(`${counted(dropping, 'listener')} dropping messages now`);
  if (problems.length > 0) return ['attention', `${problems.join(', ')}, of ${all}.`];
  const subject = answer.listeners.length === 1 ? 'The only listener is' : `All ${all} are`;
  return ['well', answer.listeners.length === 0 ? 'There are no listeners.' : `${subject} serving; no drops now.`];
}
