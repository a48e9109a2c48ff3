"""What schedules cost to work out: a year of 40 schedules of 5 people each, and who is on call at one instant.

The schedules have the shapes that teams have: a week each, days laid over nights, follow the sun in three zones; each has
20 overrides within the year. Who-is-on-call is measured cold (the schedule was just built and is asked once) and warm
(asked over and over, at times all over the year).

Beside it PyPI's recurring-ical-events expands the year of 40 weekly rotations, 5 people each, written as RRULE, which is
what a calendar program does with a feed that leaves the work to it; ours works the same rotations out in the same year.

    MAINSTAY_ONCALL_ROUNDS   rounds, 21
"""

import datetime
import json
import os
import pathlib
import subprocess
import time
import zoneinfo

import frame

BINARY = pathlib.Path(os.environ.get("MAINSTAY_ONCALL_BENCH", frame.ROOT / ".build" / "release" / "oncall-bench"))
ROUNDS = max(1, int(os.environ.get("MAINSTAY_ONCALL_ROUNDS", "21")))
YEAR_MS_MOST, WHO_US_MOST = 100, 50
ZONES = ["Europe/Lisbon", "America/New_York", "Asia/Kolkata", "Australia/Sydney"]


def bench(rounds):
    run = subprocess.run(
        frame.pinned([BINARY, str(rounds)]), capture_output=True, text=True, timeout=600, check=True)
    return json.loads(run.stdout)


def peer():
    """Milliseconds in which recurring-ical-events expands the year, or why it is not measured."""
    try:
        import icalendar
        import recurring_ical_events
    except ImportError as error:
        return None, f"{error.name} is missing; pip install -r e2e/requirements.txt"
    calendars = []
    for number in range(40):
        zone = zoneinfo.ZoneInfo(ZONES[number % len(ZONES)])
        calendar = icalendar.Calendar()
        for person in range(5):
            event = icalendar.Event()
            start = datetime.datetime(2026, 1, 5, 9, tzinfo=zone) + datetime.timedelta(weeks=person)
            event.add("uid", f"{number}-{person}")
            event.add("summary", f"person-{number * 5 + person}")
            event.add("dtstart", start)
            event.add("dtend", start + datetime.timedelta(weeks=1))
            event.add("rrule", {"freq": "weekly", "interval": 5})
            calendar.add_component(event)
        calendars.append(calendar)
    begin = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)

    def expand():
        before = time.perf_counter()
        count = sum(
            len(recurring_ical_events.of(calendar).between(begin, begin + datetime.timedelta(days=365)))
            for calendar in calendars)
        return (time.perf_counter() - before) * 1000, count

    expand()
    taken = [expand() for _ in range(frame.ROUNDS)]
    return [milliseconds for milliseconds, _ in taken], taken[0][1]


def run():
    if not BINARY.exists():
        subprocess.run(["swift", "build", "-c", "release", "--product", "oncall-bench"], cwd=frame.ROOT, check=True)
    frame.pin_self()
    figures = bench(ROUNDS)
    print(f"{figures['people']} people in {figures['schedules']} schedules: {figures['shifts']:,} shifts in the year")
    kept = [frame.report(
        "oncall-year", "ms", {"mainstay": [s * 1e3 for s in figures["year_s"]]}, more_is_better=False,
        bound=YEAR_MS_MOST)]
    for name, key in [("cold", "cold_s"), ("warm", "warm_s"), ("overrides", "overrides_s")]:
        kept.append(frame.report(
            f"oncall-who-{name}", "µs", {"mainstay": [s * 1e6 for s in figures[key]]}, more_is_better=False,
            bound=WHO_US_MOST))
    theirs, found = peer()
    if theirs is None:
        print(f"\nskipped: recurring-ical-events beside it ({found})")
        return all(kept)
    weekly = [s * 1e3 for s in figures["weekly_s"]]
    print(f"\nthe weekly rotations alone: {figures['weekly_shifts']:,} shifts here, {found:,} there")
    frame.report(
        "oncall-weekly-year", "ms", {"mainstay": weekly, "recurring-ical-events": theirs}, more_is_better=False)
    return all(kept)
