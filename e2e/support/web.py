"""A web server of the test's own on loopback."""

import contextlib
import http.server
import threading


class LocalServer:
    """Answers each request by `answer(request)`: a status, headers and a body; or `None`, which ends the connection.

    `request` is the standard library's handler (`command`, `path`, `headers`); `request.body()` reads what was sent, and
    is `None` where the sender went away in the middle of it.
    """

    def __init__(self, answer, host="127.0.0.1", port=0, tls=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def body(self):
                length = int(self.headers.get("Content-Length", 0))
                found = self.rfile.read(length)
                return found if len(found) == length else None

            def do_GET(self):
                answered = answer(self)
                if answered is None:
                    self.close_connection = True
                    return
                status, headers, body = answered
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                # The client may have been killed meanwhile.
                with contextlib.suppress(ConnectionError):
                    self.end_headers()
                    self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


TEXT = {"Content-Type": "text/plain; version=0.0.4"}
