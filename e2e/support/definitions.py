"""A small operations repository for tests: one service, one objective, one person, pages by webhook and mail."""

import pathlib

CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {{name: shop-team}}
spec: {{type: team, children: []}}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {{name: ana}}
spec:
  profile: {{displayName: Ana Reis, email: ana@example.org}}
  memberOf: [shop-team]
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {{name: ben}}
spec:
  profile: {{displayName: Ben Okoye, email: ben@example.org}}
  memberOf: [shop-team]
"""

COMPONENT = """\
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: {name}
  annotations:
    mainstay.dev/tier: "1"
    mainstay.dev/escalation-policy: shop
spec: {{type: service, lifecycle: production, owner: shop-team}}
"""

ON_CALL = """\
apiVersion: mainstay.dev/v1
kind: Tier
metadata: {{name: tier-1}}
spec: {{level: 1, paging: page, opensIncident: true, severity: SEV-2, review: {{required: true}}}}
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: hook}}
spec: {{type: webhook, url: "{webhook}"}}
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: mail}}
spec:
  type: smtp
  smtp: {{host: 127.0.0.1, port: {smtp_port}, from: mainstay@example.org, tls: none}}
---
apiVersion: mainstay.dev/v1
kind: Contact
metadata: {{name: ana}}
spec:
  user: ana
  timeZone: Europe/Lisbon
  methods:
    - {{name: hook, channel: hook}}
    - {{name: mail, channel: mail, address: ana@example.org}}
  rules:
    high: [{{after: 0s, method: hook}}, {{after: 0s, method: mail}}]
---
apiVersion: mainstay.dev/v1
kind: Contact
metadata: {{name: ben}}
spec:
  user: ben
  methods: [{{name: hook, channel: hook}}]
---
apiVersion: mainstay.dev/v1
kind: Schedule
metadata: {{name: shop}}
spec:
  timeZone: Europe/Lisbon
  layers:
    - {{name: primary, users: [ana], rotation: weekly, start: "2026-01-05T09:00:00"}}
---
apiVersion: mainstay.dev/v1
kind: EscalationPolicy
metadata: {{name: shop}}
spec:
  levels:
    - {{targets: [{{schedule: shop}}], escalateAfter: 5m}}
    - {{targets: [{{user: ben}}], escalateAfter: 5m}}
"""

OBJECTIVE = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: shop-availability, displayName: Orders are taken}}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  objectives: [{{displayName: Orders succeed, target: 0.999}}]
  indicator:
    metadata: {{name: shop-success}}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource: {{type: Prometheus, spec: {{query: 'shop_requests_total{{code=~"5.."}}'}}}}
        total:
          metricSource: {{type: Prometheus, spec: {{query: shop_requests_total}}}}
"""


def write(directory, webhook="http://127.0.0.1:9/page", smtp_port=9, services=("shop",)):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    values = {"webhook": webhook, "smtp_port": smtp_port}
    components = "".join(COMPONENT.format(name=name) for name in services)
    (directory / "catalog.yaml").write_text(CATALOG.format(**values) + components)
    (directory / "oncall.yaml").write_text(ON_CALL.format(**values))
    if "shop" in services:
        (directory / "slo.yaml").write_text(OBJECTIVE.format(**values))
    return directory
