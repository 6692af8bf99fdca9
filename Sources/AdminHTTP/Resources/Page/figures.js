// Writes to the document, but only what has changed. Data becomes text or the value of a harmless attribute, never
// markup.

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function setFigure(element, value, text) {
  setAttribute(element, 'value', String(value));
  setText(element, text);
}

/** The figures in an element, by their names. */
function figuresIn(element) {
  const figures = new Map();
  for (const figure of element.querySelectorAll('[data-figure]')) figures.set(figure.dataset.figure, figure);
  return figures;
}

const copyOf = (template) => document.getElementById(template).content.cloneNode(true);

const bySelector = (selector) => document.querySelector(selector);

/** Counters, rates, lines and the rate of drops: what a listener and the totals have in common. */
class FiguresView {
  constructor(element) {
    this.figures = figuresIn(element);
    this.charts = [new Chart(element, 'messages', short), new Chart(element, 'bytes', bytesPerSecond)];
    this.rising = element.querySelector('[data-rising]');
  }

  /** Shows the counters, the rates if they are current, and the lines if they are in view. */
  draw(counters, times, series, now, isCurrent, isInView = true) {
    for (const [name, element] of this.figures) {
      if (name in counters) setFigure(element, counters[name], grouped(counters[name]));
    }
    for (const chart of this.charts) {
      const latest = isCurrent ? series.latest(chart.rate) : null;
      const figure = this.figures.get(`rate.${chart.rate}`);
      setFigure(figure, latest === null ? '' : briefly(latest), latest === null ? '–' : chart.text(latest));
      chart.label(series, latest);
      if (isInView) chart.draw(times, series, now);
    }
    const rising = isCurrent ? series.recent('dropped') : 0;
    this.rising.hidden = rising === 0;
    setText(this.rising, rising === 0 ? '' : `▲ ${short(rising)}/s now`);
  }
}
