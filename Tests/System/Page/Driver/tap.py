"""An HTTP proxy between the browser and echod, which records the answers and can change them."""

import http.client, json, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# How long echod may take to answer; a stopped one answers nothing.
UPSTREAM_SECONDS = 30
# For a connection from the browser on which nothing arrives.
IDLE_SECONDS = 60
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @staticmethod
    def json(body):
        text = body if isinstance(body, str) else json.dumps(body)
        return Answer(200, [("Content-Type", "application/json")], text.encode())

    @property
    def value(self):
        """The document, with its integers exact."""
        return json.loads(self.body)


class Tap:
    def __init__(self, daemon):
        """A proxy for an echod."""
        self.daemon = daemon
        # Makes an Answer for a path in place of echod's; None to ask echod.
        self.instead = lambda path: None
        # After how many bytes of the content an answer of /stats ends; None for never.
        self.cut = None
        # Whether such an answer goes on, without ever bringing more, until this is set.
        self.resumed = threading.Event()
        self.resumed.set()
        self.paths = []
        self.answers = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"tap": self}))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path, headers):
        if (answer := self.instead(path)) is not None:
            return answer
        connection = self.daemon.connection(UPSTREAM_SECONDS)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() in {"accept", "accept-language"}}
            connection.request("GET", path, headers=kept)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def answers_to(self, path):
        """The answers that the browser got so far to requests for a path, queries aside."""
        return [answer for asked, answer in list(self.answers) if asked.split("?")[0] == path]

    def count(self, path):
        return sum(asked.split("?")[0] == path for asked in list(self.paths))

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    tap = None

    def do_GET(self):
        self.tap.paths.append(self.path)
        try:
            answer = self.tap.answer(self.path, self.headers)
        except (OSError, http.client.HTTPException):
            # As when echod is gone: no answer at all.
            self.close_connection = True
            return
        cut = self.tap.cut if self.path.startswith("/stats") else None
        if cut is None:
            # Recorded before it is sent, because the page may show it at once.
            self.tap.answers.append((self.path, answer))
        try:
            self.send(answer, cut)
        except OSError:
            # The browser has given the request up.
            self.close_connection = True

    def send(self, answer, cut):
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.tap.resumed.wait(IDLE_SECONDS)
            self.close_connection = True

    def log_message(self, *_):
        pass
