"""Doubles of services that cannot be had here: Twilio's Messages API, an ntfy server and Slack. They are made by hand
after the services' documents and say nothing of the real ones; signatures are made by the vendors' own libraries, and
clients that others wrote are held against them in test_vendors.py."""

import base64
import http.server
import json
import re
import threading
import time
import urllib.parse

from slack_sdk.models.views import View
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
    """Takes messages in both forms that ntfy's documents describe, JSON at the root and headers at the topic, and makes
    one of them; what clients of others send to it is read the same as what Mainstay sends."""

    def __init__(self):
        super().__init__()
        self.refused = []

    def answer(self, path, headers, body):
        message = self._read(path, headers, body)
        problem = ntfy_problem(message)
        if problem:
            self.refused.append(problem)
            return 400, {"code": 40000, "http": 400, "error": problem}
        return 200, {"id": "sPs71M8A2T", "time": int(time.time()), "event": "message", **message}

    @staticmethod
    def _read(path, headers, body):
        """A message by the names that its JSON form has."""
        message = json.loads(body) if path == "/" else {"topic": path[1:], "message": body.decode()}
        for name, read in (
                ("title", str), ("priority", ntfy_priority), ("tags", lambda text: text.split(",")), ("click", str),
                ("actions", ntfy_actions)):
            value = headers.get(f"x-{name}") or headers.get(name)
            if value:
                message[name] = read(value)
        return message

    @property
    def messages(self):
        return [self._read(path, headers, body) for path, headers, body, _ in list(self.received)]


def ntfy_priority(header):
    words = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5}
    return words[header] if header in words else int(header)


def ntfy_actions(header):
    """The header form of actions: `action=view, label=Open, url=https://…; …`."""
    actions = []
    for part in header.split(";"):
        pairs = dict(pair.strip().split("=", 1) for pair in part.split(","))
        if "clear" in pairs:
            pairs["clear"] = pairs["clear"].lower() == "true"
        actions.append(pairs)
    return actions


def ntfy_problem(message):
    """What ntfy's documents say that a server refuses."""
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", message.get("topic", "")):
        return "invalid request: topic invalid"
    known = {"topic", "message", "title", "tags", "priority", "actions", "click", "markdown", "icon"}
    if message.keys() - known or not 1 <= message.get("priority", 3) <= 5:
        return "invalid request: request body must be valid JSON"
    if len(message.get("message", "").encode()) > 4096 or len(message.get("actions", [])) > 3:
        return "invalid request: message too long, or more than three actions"
    for action in message.get("actions", []):
        fields = {"view": {"url"}, "http": {"url", "method", "headers", "body"}}.get(action.get("action"))
        if fields is None or action.keys() - fields - {"action", "label", "clear"}:
            return "invalid request: actions invalid"
        if not action.get("label") or not re.match(r"https?://", action.get("url", "")):
            return "invalid request: actions invalid, parameter 'label' and 'url' are required"
    return None


class SlackDouble(Double):
    """Takes webhooks, and `views.open` as its reference describes it; the shape of a view is checked by Slack's SDK."""

    secret = "slack-signing-secret"
    token = "xoxb-bot-token"
    # A trigger works once, and for 3 seconds.
    trigger = "13345224609.738474920.8088930838d88f008e0"

    def __init__(self):
        super().__init__()
        self.views, self.refused = [], []

    def answer(self, path, headers, body):
        if path != "/api/views.open":
            return 200, {}
        error = self._problem(headers, body)
        if error:
            self.refused.append(error)
            return 200, {"ok": False, "error": error}
        view = json.loads(body)["view"]
        self.views.append(view)
        return 200, {"ok": True, "view": {**view, "id": "V1", "team_id": "T1", "app_id": "A1"}}

    def _problem(self, headers, body):
        if headers.get("authorization") != f"Bearer {self.token}":
            return "invalid_auth" if "authorization" in headers else "not_authed"
        if not headers.get("content-type", "").startswith("application/json"):
            return "invalid_post_type"
        sent = json.loads(body)
        if sent.keys() - {"trigger_id", "view"} or not isinstance(sent.get("view"), dict):
            return "invalid_arguments"
        if sent.get("trigger_id") != self.trigger:
            return "invalid_trigger_id"
        if self.views:
            return "exchanged_trigger_id"
        return view_problem(sent["view"])

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


def view_problem(view):
    """What Slack would refuse a modal for: what its SDK refuses, and the limits in the reference of Block Kit."""
    try:
        View(**view).validate_json()
    except Exception as refused:  # the SDK raises several kinds
        return f"invalid_arguments: {refused}"
    if view["type"] != "modal" or not 1 <= len(view["blocks"]) <= 100 or len(json.dumps(view)) > 250_000:
        return "invalid_arguments: the view"
    names = [block.get("block_id") for block in view["blocks"] if "block_id" in block]
    if len(set(names)) != len(names):
        return "duplicate_block_id"
    if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
        return "invalid_arguments: input blocks need a submit"
    for text in (view["title"], view["submit"], view["close"]):
        if text["type"] != "plain_text" or not 1 <= len(text["text"]) <= 24:
            return "invalid_arguments: title, submit and close have at most 24 characters"
    for block in view["blocks"]:
        element = block.get("element", {})
        known = {"section", "input"}
        if block["type"] not in known or len(block.get("label", {}).get("text", "x")) > 2000:
            return f"invalid_arguments: block {block['type']}"
        if block["type"] == "section" and not 1 <= len(block["text"]["text"]) <= 3000:
            return "invalid_arguments: section"
        choices = element.get("options", [])
        if element.get("type") in ("static_select", "checkboxes") and not 1 <= len(choices) <= 100:
            return "invalid_arguments: options"
        for choice in choices:
            texts = [choice["text"]["text"], choice["value"], choice.get("description", {}).get("text", "x")]
            if not all(1 <= len(text) <= 75 for text in texts):
                return f"invalid_arguments: option {choice}"
        if "initial_option" in element and element["initial_option"] not in choices:
            return "invalid_arguments: initial_option"
        if len(element.get("placeholder", {}).get("text", "x")) > 150:
            return "invalid_arguments: placeholder"
    return None
