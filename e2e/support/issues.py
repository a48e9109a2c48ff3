"""A double of the issue APIs of GitHub (REST 2022-11-28) and GitLab (v4): the requests and answers that their
documentation describes, over a dictionary. It is no GitHub and no GitLab; it checks what a client must send."""

import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

from support.web import LocalServer


class IssueDouble:
    """`issues` by number; `lose` answers are dropped after the issue was made, as a broken connection would."""

    def __init__(self, kind="github", repository="example/shop", token="t0ken"):
        self.kind, self.repository, self.token = kind, repository, token
        self.issues, self.requests, self.lose = {}, [], 0
        self.server = LocalServer(self.answer)
        self.url = f"http://{self.server.address}"

    def stop(self):
        self.server.stop()

    def _shown(self, number):
        issue = self.issues[number]
        if self.kind == "github":
            return {"number": number, "state": "closed" if issue["closed"] else "open", "title": issue["title"],
                    "body": issue["text"], "html_url": f"{self.url}/{self.repository}/issues/{number}",
                    "labels": [{"name": label} for label in issue["labels"]]}
        return {"iid": number, "state": "closed" if issue["closed"] else "opened", "title": issue["title"],
                "description": issue["text"], "web_url": f"{self.url}/{self.repository}/-/issues/{number}",
                "labels": issue["labels"]}

    def answer(self, request):
        body = request.body()
        address = urlsplit(request.path)
        self.requests.append((request.command, request.path))
        sent = request.headers.get("Authorization") if self.kind == "github" else request.headers.get("PRIVATE-TOKEN")
        if sent != (f"Bearer {self.token}" if self.kind == "github" else self.token):
            return self._json(401, {"message": "Bad credentials"})
        base = f"/repos/{self.repository}/issues" if self.kind == "github" else f"/projects/{self.repository}/issues"
        path = unquote(address.path)
        if self.kind == "gitlab" and "%2F" not in address.path:
            return self._json(404, {"message": "404 Project Not Found"})
        if path == base and request.command == "GET":
            query = {key: values[0] for key, values in parse_qs(address.query).items()}
            assert query["state"] == "all" and query["labels"] == "mainstay", query
            page, size = int(query["page"]), int(query["per_page"])
            newest = sorted(self.issues, reverse=True)[(page - 1) * size:page * size]
            return self._json(200, [self._shown(number) for number in newest])
        if path == base and request.command == "POST":
            draft = json.loads(body)
            labels = draft["labels"] if self.kind == "github" else draft["labels"].split(",")
            number = len(self.issues) + 1
            self.issues[number] = {"title": draft["title"], "closed": False, "labels": labels,
                                   "text": draft["body" if self.kind == "github" else "description"],
                                   "due": draft.get("due_date")}
            if self.lose:
                self.lose -= 1
                return None
            return self._json(201, self._shown(number))
        found = re.fullmatch(re.escape(base) + r"/(\d+)", path)
        if found and int(found[1]) in self.issues:
            return self._json(200, self._shown(int(found[1])))
        return self._json(404, {"message": "Not Found"})

    @staticmethod
    def _json(status, value):
        return status, {"Content-Type": "application/json"}, json.dumps(value).encode()
