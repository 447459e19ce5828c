"""A demonstration clinic in its own time, and browsers that people sign in with."""

import base64
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
# Which findings of axe-core stop the test.
GRAVE = {"serious", "critical"}
# The script alone: the package around it would want another browser driver.
AXE = (Path(importlib.util.find_spec("axe_playwright_python").submodule_search_locations[0]) / "axe.min.js").read_text()
DESK, PHONE = (1280, 1000), (390, 844)


class Clinic:
    """`euthymia demo`, living in the time of a file that the test moves on."""

    def __init__(self, start):
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Path(self.folder.name) / "clock"
        self.set_time(start)
        self.log = open(Path(self.folder.name) / "log", "w+")
        self.process = subprocess.Popen(
            [ROOT / ".build/debug/euthymia", "demo", "--port", "0", "--clock", str(self.clock)],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.address = None
        for line in self.process.stdout:
            if found := re.search(r"is at (http://\S+)\. ", line):
                self.address = found[1]
                break
        if not self.address:
            self.log.seek(0)
            raise SystemExit("the demonstration clinic did not start: " + self.log.read())

    def set_time(self, moment):
        self.time, self.set_at = moment, time.monotonic()
        draft = self.clock.with_suffix(".new")
        draft.write_text(moment.isoformat().replace("+00:00", "Z") + "\n")
        draft.replace(self.clock)

    @property
    def now(self):
        """The clinic's time: it runs on from where it was set."""
        return self.time + timedelta(seconds=time.monotonic() - self.set_at)

    def advance(self, minutes):
        self.set_time(self.now + timedelta(minutes=minutes))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()
        self.folder.cleanup()


class Browser:
    """A Chromium of its own, at a desk or on a phone, in light or dark."""

    def __init__(self, clinic, size=DESK, dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = executable("EUTHYMIA_CHROMIUM", "chromium", "chromium-browser", "google-chrome")
        for argument in ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"] + ["--no-sandbox"] * (os.geteuid() == 0):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable("EUTHYMIA_CHROMEDRIVER", "chromedriver")))
        self.driver.set_script_timeout(60)
        self.clinic, self.person = clinic, None
        self.look(size, dark)

    def look(self, size, dark=False):
        """Another size of the window, in light or dark, without loading the page again."""
        self.size = size
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE})
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                                                        {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def sign_out(self):
        self.person = None
        self.driver.delete_all_cookies()

    def come_in(self, person):
        self.sign_out()
        self.go("/sign-in")
        self.press(f"//form[input[@value='{person}']]//button")
        self.wait(lambda: "/sign-in" not in self.driver.current_url, "signed in")
        self.person = person

    def go(self, path):
        """A page; whoever was away for too long signs in again."""
        address = path if path.startswith("http") else self.clinic.address + path
        self.driver.get(address)
        if self.person and "/sign-in" in self.driver.current_url:
            self.come_in(self.person)
            self.driver.get(address)
        return self

    @property
    def place(self):
        """The page a person is on, or was on when the sign-in ended: live pages leave by themselves then."""
        here = urlsplit(self.driver.current_url)
        return parse_qs(here.query).get("back", ["/"])[0] if here.path == "/sign-in" else self.driver.current_url

    def all(self, selector):
        return self.driver.find_elements(By.XPATH if selector.startswith("//") else By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.wait(lambda: next(iter(self.all(selector)), None), selector)

    def at(self, selector, script, *values):
        """What a script makes of an element (`one`) in a single step, so that no region can be drawn anew in between."""
        find = """const one = arguments[0].startsWith("//")
            ? document.evaluate(arguments[0], document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue
            : document.querySelector(arguments[0]);
        if (!one) return null; const value = arguments[1]; return [(() => {""" + script + "})()];"
        return self.wait(lambda: self.driver.execute_script(find, selector, *values), selector)[0]

    def text(self, selector="main"):
        return self.at(selector, "return one.innerText")

    def press(self, selector):
        self.at(selector, "one.click()")

    def set(self, selector, value):
        """Choices, and fields of dates and times, which take keys in the browser's own language."""
        self.at(selector, "one.value = value; one.dispatchEvent(new Event('change', {bubbles: true}))", value)

    def type(self, selector, text):
        def typed():
            element = self.one(selector)
            element.clear()
            element.send_keys(text)
            return True

        self.wait(typed, selector)

    def wait(self, condition, what="", seconds=15):
        # A region that is just being drawn again is looked at once more: drivers have several errors for it.
        waiting = WebDriverWait(self.driver, seconds, poll_frequency=0.02, ignored_exceptions=[WebDriverException])
        try:
            return waiting.until(lambda _: condition())
        except TimeoutException as timeout:
            raise SystemExit(f"waited in vain: {what}, on {self.driver.current_url}\n{timeout.__context__ or ''}\n{self.all('body')[0].text[-1500:]}") from None

    def expect(self, text, selector="main", seconds=15):
        self.wait(lambda: text.lower() in self.text(selector).lower(), f"“{text}” in {selector}", seconds)

    def expect_clock(self):
        """A live page has learned what time it is in the clinic."""
        def lag():
            told = self.driver.execute_async_script("import('/live.js').then((live) => arguments[0](live.clinicNow()))")
            return abs(told / 1000 - self.clinic.now.timestamp())

        self.wait(lambda: lag() < 2, "the clinic's time")

    def picture(self, path, whole=True):
        """The page as a PNG, or what of it stands in the window."""
        if not whole:
            self.driver.save_screenshot(str(path))
            return
        # What sticks to the top of the window is at the top of the page.
        self.driver.execute_script("scrollTo(0, 0)")
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": self.size[0], "height": min(height, 4000), "scale": 1}
        data = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})["data"]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(data))

    def axe(self, rules=None):
        """Grave findings of axe-core on the page as it is seen now."""
        if not self.driver.execute_script("return typeof axe === 'object'"):
            self.driver.execute_script(AXE)
        options = {"resultTypes": ["violations"]} | ({"runOnly": {"type": "rule", "values": rules}} if rules else {})
        found = self.driver.execute_async_script(
            "axe.run(document, arguments[0]).then((result) => arguments[1](result.violations), (error) => arguments[1](String(error)))", options)
        if isinstance(found, str):
            return [f"axe did not run: {found}"]
        return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in GRAVE]

    def complaints(self):
        """What the browser itself says against the page: refused scripts or styles, errors of scripts. What an address answers is not
        among it, nor that a stream ends with the sign-in."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and entry["source"] != "network" and "EventSource" not in entry["message"]]

    def overflow(self):
        """How far the page is wider than the window, in pixels."""
        return self.driver.execute_script("return document.documentElement.scrollWidth") - self.size[0]

    def close(self):
        self.driver.quit()


def executable(variable, *names):
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise SystemExit(f"{names[0]} is missing; script/browser installs it")
    return found


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
