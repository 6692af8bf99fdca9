// A listener's row.

class Row {
  /** Takes over a row of the document. */
  constructor(body) {
    this.body = body;
    this.row = body.querySelector('[data-listener]');
    this.button = body.querySelector('button');
    this.view = new FiguresView(this.row);
    this.marks = body.querySelector('.marks');
    this.drops = body.querySelector('.drops');
    this.isInView = false;
  }

  static make(name) {
    const body = copyOf('row-template').firstElementChild;
    body.querySelector('[data-listener]').dataset.listener = name;
    return new Row(body);
  }

  get name() {
    return this.row.dataset.listener;
  }

  /** Sets the listener that the row shows. */
  set listener(listener) {
    this.shown = listener;
    this.searchText = [listener.name, listener.transport, listener.endpoint, listener.service].join(' ').toLowerCase();
  }

  draw(history, now, isCurrent) {
    const listener = this.shown;
    for (const element of this.row.querySelectorAll('[data-text]')) {
      const key = element.dataset.text;
      if (key in listener) setText(element, listener[key]);
    }
    const series = history.listeners.get(listener.name);
    this.view.draw(listener.counters, history.times, series, now, isCurrent, this.isInView);
    this.drawMarks(listener);
    this.drawDrops(listener.drops);
    this.row.classList.toggle('ill', isCurrent && listener.queuesNotAnswering > 0);
    this.row.classList.toggle('losing', isCurrent && series.recent('lost') > 0);
  }

  drawMarks(listener) {
    const marks = marksOf(listener);
    for (const element of [...this.marks.children]) if (!(element.dataset.mark in marks)) element.remove();
    for (const [mark, text] of Object.entries(marks)) {
      let element = this.marks.querySelector(`[data-mark="${mark}"]`);
      if (!element) {
        element = document.createElement('span');
        element.dataset.mark = mark;
        this.marks.append(element);
      }
      setText(element, text);
    }
  }

  drawDrops(drops) {
    const items = new Map([...this.drops.children].map((item) => [item.querySelector('data').dataset.figure, item]));
    for (const [reason, count] of drops) {
      const figure = `drops.${reason}`;
      let item = items.get(figure);
      items.delete(figure);
      if (!item) {
        item = copyOf('drop-template').firstElementChild;
        item.querySelector('data').dataset.figure = figure;
        setText(item.querySelector('[data-text]'), reason);
        this.drops.append(item);
      }
      setFigure(item.querySelector('data'), count, grouped(count));
    }
    for (const item of items.values()) item.remove();
  }
}

/** What is unusual about a listener, in words. */
function marksOf(listener) {
  const marks = {};
  if (listener.queuesNotAnswering > 0) marks.queues = `${counted(listener.queuesNotAnswering, 'queue')} not answering`;
  if (listener.isPublic) marks.public = 'open beyond private networks';
  if (listener.impaired) {
    const kinds = listener.impaired.map(([kind, count]) => `${grouped(count)} ${kind}`).join(', ');
    marks.impaired = `impaired on purpose${kinds && `: ${kinds}`}`;
  }
  return marks;
}
