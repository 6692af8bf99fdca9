// The busiest clients of the listeners whose details are open.

const clientLimit = 20;
const clientsMilliseconds = 2000;
/** How long to wait before looking again for details that are due. */
const clientsPauseMilliseconds = 200;

class ClientsView {
  constructor(row) {
    this.row = row;
    this.due = 0;
    this.element = document.createElement('tr');
    this.element.setAttribute('role', 'row');
    this.element.className = 'details';
    this.element.dataset.details = row.name;
    this.element.id = `clients-${(ClientsView.count += 1)}`;
    const cell = document.createElement('td');
    cell.setAttribute('role', 'cell');
    cell.colSpan = 5;
    cell.append(copyOf('clients-template'));
    this.element.append(cell);
    this.problem = cell.querySelector('[data-problem]');
    this.table = cell.querySelector('table');
    setText(cell.querySelector('caption'), `Busiest clients of ${row.name}`);
    row.body.append(this.element);
    row.button.setAttribute('aria-controls', this.element.id);
  }

  draw(clients) {
    this.problem.hidden = true;
    const body = this.table.tBodies[0];
    const rows = new Map([...body.rows].map((row) => [row.dataset.client, row]));
    const kept = clients.map((client) => {
      const row = rows.get(client.endpoint) ?? copyOf('client-template').firstElementChild;
      rows.delete(client.endpoint);
      row.dataset.client = client.endpoint;
      const [endpoint, messages, bytes, seen] = row.cells;
      setText(endpoint, client.endpoint);
      setFigure(messages.firstChild, client.messages, grouped(client.messages));
      setFigure(bytes.firstChild, client.bytes, grouped(client.bytes));
      setText(seen, client.lastSeen < 1 ? 'now' : `${duration(client.lastSeen)} ago`);
      return row;
    });
    for (const row of rows.values()) row.remove();
    place(body, kept);
    this.table.hidden = clients.length === 0;
    if (clients.length === 0) this.say('This listener has no clients now.');
  }

  say(text) {
    this.problem.hidden = false;
    setText(this.problem, text);
  }
}
ClientsView.count = 0;

/** Asks for the clients of open details, one request at a time, so that /stats always finds a free connection. */
class ClientsPoller {
  constructor() {
    this.open = new Map();
    this.isRunning = false;
  }

  toggle(row) {
    const view = this.open.get(row.name);
    row.button.setAttribute('aria-expanded', String(!view));
    if (view) return this.close(row.name);
    this.open.set(row.name, new ClientsView(row));
    if (!this.isRunning) this.run();
  }

  close(name) {
    this.open.get(name)?.element.remove();
    this.open.get(name)?.row.button.removeAttribute('aria-controls');
    this.open.delete(name);
  }

  async run() {
    this.isRunning = true;
    while (this.open.size > 0) {
      const view = document.hidden ? undefined : this.nextDue();
      if (view) await this.update(view);
      else await sleep(clientsPauseMilliseconds);
    }
    this.isRunning = false;
  }

  nextDue() {
    const views = [...this.open.values()].filter((view) => view.row.isInView && view.due <= performance.now());
    return views.sort((a, b) => a.due - b.due)[0];
  }

  async update(view) {
    view.due = performance.now() + clientsMilliseconds;
    try {
      const listener = encodeURIComponent(view.row.name);
      view.draw(parseClients(await fetchText(`clients?listener=${listener}&limit=${clientLimit}`)));
    } catch (error) {
      view.say(`The list of clients is not available: ${error.message}.`);
    }
  }
}
