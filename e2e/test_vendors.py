"""What Mainstay sends to Twilio and ntfy, held against what clients send that others wrote for them: Twilio's own
library, Apprise and python-ntfy."""

import base64
import urllib.parse

import apprise
import pytest
import requests
from python_ntfy import NtfyClient
from python_ntfy._send_functions import HttpAction, MessagePriority, ViewAction
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse

from support.telephony import NtfyDouble, TwilioDouble
from test_channels import contact, doubles, start  # noqa: F401 (fixtures)


def test_a_text_is_the_request_that_twilios_own_client_makes(start, doubles):
    twilio = doubles["twilio"]
    _, api = start(contact("ana", ["text:+351210000001"]) + contact("ben", ["hook"]))
    api.fire("shop", "a", summary="Orders fail: 50 % & more – für alle + \u2603")
    ours = twilio.wait_for(10)
    client = Client(twilio.account, twilio.token)
    client.api.base_url = twilio.url
    sent = client.messages.create(to=ours["To"], from_=ours["From"], body=ours["Body"])
    assert sent.sid.startswith("SM") and sent.status == "queued"
    (path, headers, body, _), (their_path, their_headers, their_body, _) = twilio.received
    assert path == their_path
    assert headers["authorization"] == their_headers["authorization"]
    assert headers["content-type"].split(";")[0] == their_headers["content-type"].split(";")[0]
    assert sorted(urllib.parse.parse_qsl(body.decode())) == sorted(urllib.parse.parse_qsl(their_body.decode()))
    # The refusals that ours reads are those that theirs reads.
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to="+15005550001", from_=twilio.number, body="x")
    assert refused.value.code == 21211
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to="+351210000001", from_=twilio.number, body="x" * 1601)
    assert refused.value.code == 21617


def test_an_answer_by_text_is_what_twilios_library_writes(start, doubles):
    twilio = doubles["twilio"]
    server, api = start(contact("ana", ["text:+351210000001"]) + contact("ben", ["hook"]))
    api.fire("shop", "a", summary="Orders <fail> & more")
    twilio.wait_for(10)
    form, headers = twilio.reply(f"{server.url}/intake/twilio/sms", "+351210000001", "ACK")
    answer = requests.post(f"{server.url}/intake/twilio/sms", data=form, headers=headers, timeout=5)
    text = answer.text[answer.text.index("<Message>") + 9:answer.text.index("</Message>")]
    theirs = MessagingResponse()
    theirs.message(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&"))

    def plain(xml):
        return xml.replace("&quot;", '"').replace("\n", "")

    assert plain(answer.text) == plain(str(theirs))


def test_a_push_is_the_request_that_clients_of_ntfy_make(start, doubles):
    ntfy = doubles["ntfy"]
    _, api = start(contact("ana", ["push:ana-alerts"]) + contact("ben", ["hook"]))
    api.fire("shop", "a", summary="Orders fail – für alle")
    ours = ntfy.wait_for(10)
    (path, headers, _, _) = ntfy.received[0]
    assert ntfy.refused == []

    # Apprise publishes JSON at the root with a token, and puts the rest into headers.
    host = ntfy.url.removeprefix("http://")
    query = urllib.parse.urlencode({
        "auth": "token", "token": "tk_1", "priority": "max", "image": "no", "click": ours["click"]})
    notifier = apprise.Apprise()
    assert notifier.add(f"ntfy://{host}/{ours['topic']}?{query}&xtags={ours['tags'][0]}")
    assert notifier.notify(title=ours["title"], body=ours["message"])
    (their_path, their_headers, _, _), theirs = ntfy.received[-1], ntfy.messages[-1]
    assert (path, headers["authorization"]) == (their_path, their_headers["authorization"]) == ("/", "Bearer tk_1")
    assert headers["content-type"].split(";")[0] == their_headers["content-type"] == "application/json"
    for name in ("topic", "title", "message", "click", "priority", "tags"):
        assert ours[name] == theirs[name] and type(ours[name]) is type(theirs[name]), name

    # python-ntfy has the buttons.
    by_kind = {"http": lambda a: HttpAction(a["label"], a["url"], method=a["method"], clear=a["clear"]),
               "view": lambda a: ViewAction(a["label"], a["url"])}
    actions = [by_kind[action["action"]](action) for action in ours["actions"]]
    assert [{"clear": False, **action} for action in ours["actions"]] == [action.to_dict() for action in actions]
    NtfyClient(topic=ours["topic"], server=ntfy.url).send(
        "plain", title="plain", priority=MessagePriority.MAX, tags=ours["tags"], actions=actions)
    assert ntfy.refused == []
    theirs = ntfy.messages[-1]
    assert theirs["actions"] == [{"clear": False, **action} for action in ours["actions"]]
    assert (theirs["priority"], theirs["tags"]) == (ours["priority"], ours["tags"])


def test_the_doubles_refuse_what_the_services_document_as_wrong():
    ntfy, twilio = NtfyDouble(), TwilioDouble()
    try:
        for wrong in ({"topic": "a b"}, {"topic": "a", "priority": 6}, {"topic": "a", "mesage": "x"},
                      {"topic": "a", "message": "x" * 4097},
                      {"topic": "a", "actions": [{"action": "view", "label": "x", "url": "https://a"}] * 4},
                      {"topic": "a", "actions": [{"action": "http", "label": "", "url": "https://a"}]},
                      {"topic": "a", "actions": [{"action": "open", "label": "x", "url": "https://a"}]}):
            assert requests.post(ntfy.url, json=wrong, timeout=5).status_code == 400, wrong
        login = base64.b64encode(f"{twilio.account}:wrong".encode()).decode()
        path = f"{twilio.url}/2010-04-01/Accounts/{twilio.account}/Messages.json"
        assert requests.post(path, headers={"Authorization": f"Basic {login}"}, timeout=5).status_code == 401
    finally:
        ntfy.stop()
        twilio.stop()
