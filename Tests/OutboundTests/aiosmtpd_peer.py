"""A real mail server for the tests: `aiosmtpd_peer.py MODE CERTIFICATE KEY`, MODE one of plain, auth, starttls, tls.

Prints its port, then one JSON object a message. Ends with its standard input.
"""

import email
import email.policy
import json
import socket
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Keep:
    async def handle_DATA(self, _server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.SMTPUTF8)
        text = message.get_body(("plain",))
        html = message.get_body(("html",))
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": message["subject"],
            "messageID": message["message-id"], "toHeader": message["to"], "references": message["references"],
            "date": str(message["date"].datetime), "text": text.get_content(),
            "html": html.get_content() if html else None, "tls": session.ssl is not None,
            "authenticated": bool(session.authenticated),
            "defects": [str(d) for part in message.walk() for d in part.defects],
        }), flush=True)
        return "250 2.0.0 kept"


def check(_server, _session, _envelope, _mechanism, data):
    good = data.login == b"ana" and data.password == "pä55".encode()
    return AuthResult(success=good, handled=False)


def main():
    mode, certificate, key = sys.argv[1:4]
    context = None
    if mode in ("starttls", "tls"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    options = {"enable_SMTPUTF8": True}
    if mode != "plain":
        options |= {"authenticator": check, "auth_required": True, "auth_require_tls": mode != "auth"}
    if mode == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if mode == "tls":
        options |= {"ssl_context": context, "auth_require_tls": False}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Keep(), hostname="127.0.0.1", port=port, **options)
    controller.start()
    print(port, flush=True)
    sys.stdin.read()
    controller.stop()


main()
