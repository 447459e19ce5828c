"""Every page that a role may open, walked by the route table: looked at with axe-core at a desk and on a phone, in light and in dark."""

import json
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from clinic import DESK, PHONE

# Who looks, those with most rights first.
PEOPLE = ["paula", "nina", "ulla", "wilma", "rosa", "stefan", "tilda", "victor", "wall"]

# Rules of axe-core that depend on where things lie.
LAYOUT = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block", "meta-viewport"]

# Which kinds of elements a page is made of, for every path.
KINDS = """
const [paths, done] = arguments;
Promise.all(paths.map(async (path) => {
    const answer = await fetch(path, { redirect: "manual" });
    const isFile = answer.headers.has("content-disposition");
    if (isFile || !(answer.headers.get("content-type") ?? "").startsWith("text/html")) return [path, answer.status, []];
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return [path, answer.status, [...new Set([...page.body.querySelectorAll("*")].map((one) => `${one.localName}.${one.getAttribute("class") ?? ""}`))]];
})).then(done);
"""


# Rows made like others of their table or list: a few of each kind are enough.
FEWER = """
for (const list of document.querySelectorAll("tbody, ul")) {
    const seen = new Map();
    for (const row of [...list.children]) {
        const kind = [...new Set([row, ...row.querySelectorAll("*")].map((one) => `${one.localName}.${one.getAttribute("class") ?? ""}`))].sort().join();
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        if (seen.get(kind) > 5) row.remove();
    }
}
"""


def addresses(clinic, samples):
    """Addresses of the GET pages by the route's pattern, with every sample of what stands in it; and which are open to anyone."""
    with urllib.request.urlopen(clinic.address + "/openapi.json") as answer:
        paths = json.load(answer)["paths"]
    patterns = [path for path, methods in paths.items() if "get" in methods and not re.search(r"\.(js|css)$|/live$|^/$", path)]
    free = [pattern for pattern in patterns if "security" not in paths[pattern]["get"]]
    return {pattern: samples.get(pattern, [pattern]) for pattern in patterns}, free


def walk(browsers, clinic, samples, elsewhere=(), picture=None):
    """What is wrong with any page, and how many there are. Pages made of the same kinds of elements as one that was looked at are not
    looked at again. The browsers share the work."""
    listed, free = addresses(clinic, samples)
    found, opened, known = check_inspection(browsers[0]), set(), {}
    for person in [None] + PEOPLE:
        for browser in browsers:
            browser.sign_out()
            browser.come_in(person) if person else browser.go("/sign-in")
        asked = [(pattern, address) for pattern in listed if person or pattern in free for address in listed[pattern]]
        kinds = browsers[0].driver.execute_async_script(KINDS, [address for _, address in asked])
        chosen = []
        for (pattern, address), (_, status, of) in zip(asked, kinds):
            if status >= 500:
                found.append(f"{address} for {person}: {status}")
            if status != 200:
                continue
            opened.add(pattern)
            if not set(of) <= known.setdefault(pattern, set()):
                known[pattern].update(of)
                chosen.append((address, picture and picture(person, pattern)))

        def share(number):
            return [f"{address} for {person or 'anyone'}, {text}" for address, picture in chosen[number::len(browsers)]
                    for text in look(browsers[number], address, picture)]

        with ThreadPoolExecutor(len(browsers)) as pool:
            for findings in pool.map(share, range(len(browsers))):
                found += findings
    never = [pattern for pattern in listed if pattern not in opened and pattern not in elsewhere]
    return found + [f"{pattern}: nobody opened it" for pattern in never], len(opened)


def check_inspection(browser):
    """An inspection that finds nothing in a page with a fault is none."""
    browser.go("/sign-in")
    browser.driver.execute_script("document.querySelector('main').append(document.createElement('img'))")
    return [] if any("image-alt" in text for text in browser.axe()) else ["axe-core does not find what is wrong with a page"]


def look(browser, address, picture=None):
    found = []
    browser.look(DESK)
    browser.go(address)
    if not picture:
        browser.driver.execute_script(FEWER)
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
