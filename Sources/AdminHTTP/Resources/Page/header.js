// The state, in words and as a sign, and the totals of all listeners.

const stateWords = { unreachable: 'not answering' };

class Header {
  constructor() {
    this.view = new FiguresView(bySelector('#totals'));
    setText(bySelector('#host'), location.host);
  }

  /** Shows the state, and announces it if it has changed or the daemon was restarted. */
  showState(state, health, verdict, isRestart = false) {
    const root = document.documentElement;
    const words = stateWords[state] ?? state;
    if (isRestart || root.dataset.state !== state) {
      setText(bySelector('#announcer'), `echod ${isRestart ? 'was restarted and ' : ''}is ${words}. ${verdict}`);
    }
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

/** The icon of the tab, with a different shape for each health. */
function iconOf(health) {
  const shape = {
    well: '<circle cx="8" cy="8" r="7" fill="#1f9d61"/>',
    attention: '<path d="M8 1l7 14H1z" fill="#e0a100"/>',
    gone: '<path d="M2 2h12v12H2z" fill="#d4382c"/>',
  }[health];
  const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${shape}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(image)}`;
}

/** Whether all is well, and a sentence that says what is not. */
function verdictOf(answer, history) {
  const all = counted(answer.listeners.length, 'listener');
  if (answer.state !== 'running') {
    const sentences = {
      starting: 'It is binding its addresses.',
      reloading: 'It is changing to a new configuration, and is still serving.',
      stopping: 'It accepts nothing more, and sends the last replies.',
    };
    return [answer.state === 'reloading' ? 'well' : 'attention', sentences[answer.state] ?? ''];
  }
  const { listeners } = answer;
  const stuck = listeners.filter((listener) => listener.queuesNotAnswering > 0);
  const losing = listeners.filter(({ name }) => history.listeners.get(name).recent('lost') > 0);
  const dropping = listeners.filter(({ name }) => history.listeners.get(name).recent('dropped') > 0);
  if (stuck.length + losing.length > 0) {
    const subject = (some) => (some.length === 1 ? some[0].name : `${grouped(some.length)} of ${all}`);
    const problems = [];
    const report = (some, one, several) => {
      if (some.length > 0) problems.push(`${subject(some)} ${some.length === 1 ? one : several}`);
    };
    report(stuck, 'has queues that do not answer', 'have queues that do not answer');
    report(losing, 'is losing messages', 'are losing messages');
    return ['attention', `${problems.join('; ')}.`];
  }
  if (listeners.length === 0) return ['well', 'There are no listeners.'];
  const subject = ['The only listener is', 'Both listeners are'][listeners.length - 1] ?? `All ${all} are`;
  const drops = dropping.length > 0 ? 'some messages are being dropped, as configured' : 'nothing is being dropped now';
  return ['well', `${subject} serving; ${drops}.`];
}
