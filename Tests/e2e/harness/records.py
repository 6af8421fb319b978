"""Reads what a gateway records: attempts and metrics."""

import json
import re

from .processes import get, until


def attempts(lip, a_leg, headers=None):
    """The recorded attempts of an A-leg, in order."""
    status, _, body = get(f"{lip.url}/admin/attempts?a_leg_id={a_leg}", headers)
    assert status == 200, body
    return json.loads(body)


def recorded(lip, a_leg):
    """The attempts of an A-leg, once its request has ended: a client may have read an answer before that."""
    until(lambda: get(f"{lip.url}/admin/attempts?a_leg_id={a_leg}")[0] == 200, f"the attempts of {a_leg} are recorded")
    return attempts(lip, a_leg)


def latest(lip, count=1):
    """The latest attempts of all A-legs, once there are so many, the first start first."""
    def page():
        found = json.loads(get(f"{lip.url}/admin/lineage?limit=100")[2])["attempts"]
        return found if len(found) >= count else None

    return until(page, f"{count} attempts are recorded")[:count][::-1]


def metric(lip, name, **labels):
    """The value of one sample."""
    text = "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else ""
    for line in get(lip.url + "/metrics")[2].decode().splitlines():
        if line.startswith(f"{name}{text} "):
            return float(line.split()[-1])
    raise AssertionError(f"no sample {name}{text}")


def total(lip, name):
    """The sum over a metric's samples."""
    text = get(f"{lip.url}/metrics")[2].decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(rf"{name}[ {{]", line))
