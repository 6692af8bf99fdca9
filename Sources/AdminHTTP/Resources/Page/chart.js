// The lines of rates, as paths of SVG.

const chartWidth = 300;
const chartHeight = 40;
/** Room for the thickness of the line. */
const chartMargin = 1.5;

/** The paths of a line and of the area below it, with the last five minutes from left to right. */
function chartPaths(times, values, now, peak) {
  const y = (value) => (chartHeight - chartMargin - (value / peak) * (chartHeight - 2 * chartMargin)).toFixed(1);
  let line = '';
  let area = '';
  let lastX = null;
  let lastTime = 0;
  const close = () => (lastX === null ? '' : `L${lastX} ${chartHeight}Z`);
  for (const [index, value] of values.entries()) {
    const time = times[index];
    const seconds = (now - time) / 1000;
    if (value === null || seconds > historySeconds) continue;
    const x = (chartWidth * (1 - seconds / historySeconds)).toFixed(1);
    const point = `${x} ${y(peak > 0 ? value : 0)}`;
    if (lastX === null || time - lastTime > gapMilliseconds) {
      area += `${close()}M${x} ${chartHeight}L${point}`;
      line += `M${point}h.1`;
    } else {
      area += `L${point}`;
      line += `L${point}`;
    }
    lastX = x;
    lastTime = time;
  }
  return { line, area: area + close() };
}

/** A chart in an element that contains its svg and the text of its peak. */
class Chart {
  constructor(element, rate, text) {
    this.svg = element.querySelector(`svg[data-line="${rate}"]`);
    this.line = this.svg.querySelector('.line');
    this.area = this.svg.querySelector('.area');
    this.peak = element.querySelector(`[data-peak="${rate}"]`);
    this.rate = rate;
    this.text = text;
  }

  draw(times, series, now) {
    const paths = chartPaths(times, series[this.rate], now, series.peak(this.rate) || 1);
    setAttribute(this.line, 'd', paths.line);
    setAttribute(this.area, 'd', paths.area);
  }

  /** Says in words what the line shows. */
  label(series, latest) {
    const peak = series.peak(this.rate);
    setText(this.peak, `peak ${this.text(peak)}`);
    const current = latest === null ? 'unknown' : this.text(latest);
    const label = `${this.rate} received per second: now ${current}, peak of the last five minutes ${this.text(peak)}`;
    setAttribute(this.svg, 'aria-label', label);
  }
}
