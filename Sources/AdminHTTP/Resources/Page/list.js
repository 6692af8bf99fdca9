// The order of the rows and the filter, which the address of the page keeps (#sort=-messages&filter=udp).

/** What the rows are sorted by. */
const sortKeys = {
  name: (row) => row.shown.name,
  messages: (row) => row.shown.counters['messages.received'],
  bytes: (row) => row.shown.counters['bytes.received'],
  clients: (row) => row.shown.counters['clients.current'],
  dropped: (row) => row.shown.counters['dropped.total'],
};
/** How long a change of the address waits for more changes: browsers limit their rate. */
const rememberMilliseconds = 500;

class Arrangement {
  constructor(change) {
    this.change = change;
    this.filter = bySelector('#filter');
    this.buttons = [...document.querySelectorAll('[data-sort]')];
    this.recall();
    this.filter.addEventListener('input', () => this.changed());
    for (const button of this.buttons) button.addEventListener('click', () => this.sortBy(button.dataset.sort));
    window.addEventListener('hashchange', () => {
      this.recall();
      this.change();
    });
    document.addEventListener('keydown', (event) => this.focusFilter(event));
  }

  /** Moves on to the next order: the more useful direction, then the other one, then the configuration's order. */
  sortBy(key) {
    const first = key !== 'name';
    if (this.key !== key) [this.key, this.isDescending] = [key, first];
    else if (this.isDescending === first) this.isDescending = !first;
    else this.key = null;
    this.changed();
  }

  changed() {
    this.showSort();
    this.change();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.remember(), rememberMilliseconds);
  }

  showSort() {
    for (const button of this.buttons) {
      const isSorted = button.dataset.sort === this.key;
      const order = this.isDescending ? 'descending' : 'ascending';
      setAttribute(button.parentElement, 'aria-sort', isSorted ? order : 'none');
    }
    bySelector('#listeners').toggleAttribute('data-sorted', this.key !== null);
  }

  recall() {
    const saved = new URLSearchParams(location.hash.slice(1));
    const sort = saved.get('sort') ?? '';
    const key = sort.replace('-', '');
    this.key = Object.hasOwn(sortKeys, key) ? key : null;
    this.isDescending = sort.startsWith('-');
    this.filter.value = saved.get('filter') ?? '';
    this.showSort();
  }

  remember() {
    const saved = new URLSearchParams();
    if (this.key) saved.set('sort', (this.isDescending ? '-' : '') + this.key);
    if (this.filter.value) saved.set('filter', this.filter.value);
    const hash = String(saved);
    if (hash !== location.hash.slice(1)) {
      window.history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
    }
  }

  /** "/" moves the focus to the filter, and Escape clears it. */
  focusFilter(event) {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.filter.select();
      this.filter.focus();
    } else if (event.key === 'Escape' && event.target === this.filter && this.filter.value) {
      event.preventDefault();
      this.filter.value = '';
      this.changed();
    }
  }

  matches(row) {
    const words = this.filter.value.toLowerCase().split(/\s+/);
    return words.every((word) => row.searchText.includes(word));
  }

  /** The rows in the chosen order; they come in the configuration's order. */
  sorted(rows) {
    if (this.key === null) return rows;
    const key = sortKeys[this.key];
    const sign = this.isDescending ? -1 : 1;
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    return [...rows].sort((a, b) => sign * compare(key(a), key(b)));
  }
}
