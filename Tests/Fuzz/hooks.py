"""Names of things there are, put into half of what Schemathesis makes up: what names nothing is answered with 404 and tries little."""

import json
import os

import schemathesis

KNOWN = json.loads(os.environ["EUTHYMIA_KNOWN"])


def choose(name, made_up):
    """One of the known values in three cases of four, by what was made up, so that a failing case stays the same case."""
    known = KNOWN.get(name)
    number = sum(str(made_up).encode(errors="replace"))
    return known[number // 4 % len(known)] if known and number % 4 else made_up


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return {name: choose(name, value) for name, value in (path_parameters or {}).items()}


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        for name in body:
            body[name] = choose(name, body[name])
    return body
