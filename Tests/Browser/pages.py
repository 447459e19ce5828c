"""Every page that a role may open, walked by the route table: looked at with axe-core at a desk and on a phone, in light and in dark."""

import json
import re
import urllib.request

from clinic import DESK, PHONE

# Who looks, those with most rights first.
PEOPLE = ["paula", "nina", "ulla", "wilma", "rosa", "stefan", "tilda", "victor"]

# Rules of axe-core that depend on where things lie.
LAYOUT = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block", "meta-viewport"]

# Which kinds of elements a page is made of, for every path.
KINDS = """
const [paths, done] = arguments;
Promise.all(paths.map(async (path) => {
    const answer = await fetch(path, { redirect: "manual" });
    if (!(answer.headers.get("content-type") ?? "").startsWith("text/html")) return [path, answer.status, []];
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return [path, answer.status, [...new Set([...page.body.querySelectorAll("*")].map((one) => `${one.localName}.${one.getAttribute("class") ?? ""}`))]];
})).then(done);
"""


def addresses(clinic, samples):
    """Addresses of the GET pages by the route's pattern, with every sample of what stands in it; and which are open to anyone."""
    with urllib.request.urlopen(clinic.address + "/openapi.json") as answer:
        paths = json.load(answer)["paths"]
    patterns = [path for path, methods in paths.items() if "get" in methods and not re.search(r"\.(js|css)$|/live$|^/$", path)]
    free = [pattern for pattern in patterns if "security" not in paths[pattern]["get"]]
    return {pattern: samples.get(pattern, [pattern]) for pattern in patterns}, free


def walk(browser, clinic, samples, picture=None):
    """What is wrong with any page. Pages made of the same kinds of elements as one that was looked at are not looked at again."""
    found, opened, known = [], set(), {}
    listed, free = addresses(clinic, samples)
    unknown = [pattern for pattern in listed if "{" in "".join(listed[pattern])]
    for person in [None] + PEOPLE:
        browser.sign_out()
        if person:
            browser.come_in(person)
        else:
            browser.go("/sign-in")
        asked = [(pattern, address) for pattern in listed if pattern not in unknown and (person or pattern in free) for address in listed[pattern]]
        kinds = {path: (status, set(of)) for path, status, of in browser.driver.execute_async_script(KINDS, [address for _, address in asked])}
        for pattern, address in asked:
            status, of = kinds[address]
            if status >= 500:
                found.append(f"{address} for {person}: {status}")
            if status != 200:
                continue
            opened.add(pattern)
            if of <= known.get(pattern, set()):
                continue
            known.setdefault(pattern, set()).update(of)
            found += [f"{address} for {person or 'anyone'}, {text}" for text in look(browser, address, picture and picture(person, pattern))]
    never = [pattern for pattern in listed if pattern not in opened]
    return found + [f"{pattern}: nobody opened it" for pattern in never], len(opened)


def look(browser, address, picture=None):
    found = []
    browser.look(DESK)
    browser.go(address)
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        for dark in (False, True):
            browser.look(size, dark)
            # Dark changes colours, a phone also where things lie; all else is the same.
            rules = ["color-contrast"] if dark else LAYOUT if size == PHONE else None
            found += [f"{name}{' dark' if dark else ''}: {text}" for text in browser.axe(rules)]
            if picture:
                browser.picture(picture(name, dark))
        if browser.overflow() > 0:
            found.append(f"{name}: {browser.overflow()} px wider than the window")
    found += [f"browser: {text}" for text in browser.complaints()]
    browser.look(DESK)
    return found
