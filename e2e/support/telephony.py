"""Doubles of services that cannot be had here: Twilio's Messages API, an ntfy server and Slack. They are made by hand
after the services' documents and say nothing of the real ones; signatures are made by the vendors' own libraries."""

import base64
import http.server
import json
import threading
import time
import urllib.parse

from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import RequestValidator

from support.processes import eventually


class Double:
    """An HTTP server that keeps what it is sent, and answers as `answer(path, headers, body)` says."""

    def __init__(self):
        self.received = []
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k.lower(): v for k, v in self.headers.items()}
                double.received.append((self.path, headers, body, time.time()))
                status, answer = double.answer(self.path, headers, body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, _path, _headers, _body):
        return 200, {}

    def wait_for(self, seconds, where=lambda message: True):
        return eventually(
            lambda: next((m for m in self.messages if where(m)), None), seconds,
            lambda: f"a message; got {self.messages}")

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class TwilioDouble(Double):
    """`POST /2010-04-01/Accounts/SID/Messages.json` and its checks of the login, the number and the length."""

    account, token, number = "AC" + "0" * 32, "twilio-token", "+15005550006"

    def answer(self, path, headers, body):
        login = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if headers.get("authorization") != f"Basic {login}":
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        if path != f"/2010-04-01/Accounts/{self.account}/Messages.json":
            return 404, {"code": 20404, "message": "not found", "status": 404}
        form = dict(urllib.parse.parse_qsl(body.decode()))
        if form.get("To") == "+15005550001":
            return 400, {"code": 21211, "message": "The 'To' number is not a valid phone number.", "status": 400}
        if len(form.get("Body", "")) > 1600:
            return 400, {"code": 21617, "message": "The concatenated message body exceeds 1600 characters", "status": 400}
        return 201, {"sid": "SM" + "1" * 32, "status": "queued"}

    @property
    def messages(self):
        return [dict(urllib.parse.parse_qsl(body.decode())) for _, _, body, _ in list(self.received)]

    def reply(self, url, sender, text, token=None):
        """What Twilio sends when somebody answers: form and headers."""
        form = {
            "AccountSid": self.account, "From": sender, "To": self.number, "Body": text, "MessageSid": "SM" + "2" * 32}
        signature = RequestValidator(token or self.token).compute_signature(url, form)
        return form, {"X-Twilio-Signature": signature}


class NtfyDouble(Double):
    @property
    def messages(self):
        return [json.loads(body) for _, _, body, _ in list(self.received)]


class SlackDouble(Double):
    secret = "slack-signing-secret"

    @property
    def messages(self):
        return [json.loads(body) for path, _, body, _ in list(self.received) if path == "/hook"]

    @property
    def replacements(self):
        return [json.loads(body) for path, _, body, _ in list(self.received) if path == "/response"]

    def click(self, message, action, user="U024BE7LH", secret=None, age=0):
        """What Slack sends when somebody clicks a button of a message: body and headers."""
        buttons = [e for b in message["blocks"] if b["type"] == "actions" for e in b["elements"]]
        button = next(b for b in buttons if b["action_id"] == action)
        payload = {
            "type": "block_actions", "user": {"id": user, "username": "ana.slack", "team_id": "T1"},
            "api_app_id": "A1", "token": "old", "trigger_id": "1.2", "container": {"type": "message"},
            "message": {"type": "message", "blocks": message["blocks"], "text": message["text"]},
            "response_url": f"{self.url}/response",
            "actions": [{**button, "type": "button", "block_id": "x", "action_ts": "1"}]}
        body = urllib.parse.urlencode({"payload": json.dumps(payload)})
        timestamp = str(int(time.time()) - age)
        signature = SignatureVerifier(secret or self.secret).generate_signature(timestamp=timestamp, body=body)
        return body, {
            "Content-Type": "application/x-www-form-urlencoded", "X-Slack-Signature": signature,
            "X-Slack-Request-Timestamp": timestamp}
