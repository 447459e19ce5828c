"""A demonstration clinic in its own time, and browsers that people sign in with."""

import re
import subprocess
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
# Which findings of axe-core stop the test.
GRAVE = {"serious", "critical"}


class Clinic:
    """`euthymia demo`, living in the time of a file that the test moves on."""

    def __init__(self, start):
        self.time = start
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Path(self.folder.name) / "clock"
        self.set_time(start)
        self.process = subprocess.Popen(
            [ROOT / ".build/debug/euthymia", "demo", "--port", "0", "--clock", str(self.clock)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.address = None
        for line in self.process.stdout:
            if found := re.search(r"is at (http://\S+)\. ", line):
                self.address = found[1]
                break
        if not self.address:
            raise SystemExit("the demonstration clinic did not start")

    def set_time(self, moment):
        self.time = moment
        draft = self.clock.with_suffix(".new")
        draft.write_text(moment.isoformat().replace("+00:00", "Z") + "\n")
        draft.replace(self.clock)

    def advance(self, minutes):
        self.set_time(self.time + timedelta(minutes=minutes))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.folder.cleanup()


class Browser:
    """A Chromium of its own, at a desk (1280 px) or on a phone (390 px)."""

    def __init__(self, clinic, width=1280, height=1000, dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]:
            options.add_argument(argument)
        options.add_experimental_option("mobileEmulation" if width < 500 else "prefs",
                                        {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2}} if width < 500 else {})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        if width >= 500:
            self.driver.set_window_size(width, height)
        if dark:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        self.clinic = clinic
        self.findings = []

    def come_in(self, person):
        self.go("/sign-in")
        self.press(f"//form[input[@value='{person}']]//button")
        self.wait(lambda: "/sign-in" not in self.driver.current_url)

    def go(self, path):
        self.driver.get(path if path.startswith("http") else self.clinic.address + path)
        return self

    def all(self, selector):
        return self.driver.find_elements(By.XPATH if selector.startswith("//") else By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.wait(lambda: next(iter(self.all(selector)), None), selector)

    def text(self, selector="main"):
        return self.one(selector).text

    def press(self, selector):
        self.wait(lambda: self.driver.execute_script("arguments[0].click(); return true", self.one(selector)), selector)

    def type(self, selector, text):
        def typed():
            element = self.one(selector)
            element.clear()
            element.send_keys(text)
            return True

        self.wait(typed, selector)

    def choose(self, name, value):
        self.press(f"//input[@name='{name}' and @value='{value}']")

    def wait(self, condition, what="", seconds=15):
        # A region that is just being drawn again is looked at once more.
        waiting = WebDriverWait(self.driver, seconds, poll_frequency=0.05, ignored_exceptions=[StaleElementReferenceException])
        return waiting.until(lambda _: condition(), f"waited in vain: {what}")

    def expect(self, text, selector="main", seconds=15):
        self.wait(lambda: text.lower() in self.text(selector).lower(), f"“{text}” in {selector} of {self.driver.current_url}", seconds)

    def picture(self, name):
        """The whole page as a PNG under docs/pictures."""
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        width = self.driver.execute_script("return window.innerWidth")
        data = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": width, "height": min(height, 2400), "scale": 1}})["data"]
        import base64

        PICTURES.mkdir(exist_ok=True)
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(data))

    def inspect(self, name):
        """What axe-core has to say against the page."""
        result = Axe().run(self.driver)
        for violation in result["violations"]:
            if violation["impact"] in GRAVE:
                self.findings.append(f"{name}: {violation['id']} ({violation['impact']}): {violation['nodes'][0]['html'][:160]}")

    def close(self):
        self.driver.quit()


def code_of(secret, moment):
    """The authenticator's code at a time (RFC 6238), for people of the demonstration."""
    import hashlib
    import hmac
    import struct

    digest = hmac.new(secret, struct.pack(">Q", int(moment.timestamp()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


__all__ = ["Browser", "By", "Clinic", "at", "code_of", "time"]
