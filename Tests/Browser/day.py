"""A whole day in real Chromium: booking, arrival, doses, an alarm, the door at 118 and at 120 minutes, the form, waste with a witness, a
patient's own rating by link; then every page a role may open.

Usage: day.py [--pictures] [--look FOLDER]
  --pictures     the pictures under docs/pictures are made anew
  --look FOLDER  every page as it is looked at, for people to look at too
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pages
import trouble
from clinic import PHONE, PICTURES, ROOT, Browser, Clinic, at

PASSWORD = "nobody here exists"
# Esketamine by the US label; the protocol permits the next session on the day of the test.
PATIENT = "demo-54"
# What an alarm may take to be seen in another browser, in seconds.
SOON = 1.0
# Pages looked at below.
ELSEWHERE = {"/first-start"}
# Minutes after which nobody is signed in who did nothing.
IDLE = 30


class Day:
    def __init__(self, clinic, takes_pictures):
        self.clinic, self.takes_pictures = clinic, takes_pictures
        self.browsers, self.findings = [], []

    def browser(self, person=None, **more):
        made = Browser(self.clinic, **more)
        self.browsers.append(made)
        if person:
            made.come_in(person)
        return made

    def seen(self, who, name, picture=None):
        """A page as it stands in the middle of the day."""
        self.findings += [f"{name}: {text}" for text in who.axe() + who.complaints()]
        if self.takes_pictures:
            who.picture(PICTURES / f"{picture or name.replace(' ', '-')}.png")

    def advance(self, minutes, *live):
        """Time goes by, and live pages learn of it."""
        addresses = [page.place for page in live]
        self.clinic.advance(minutes)
        for page, address in zip(live, addresses):
            if minutes >= IDLE:
                page.go(address)
            page.expect_clock()


def form(step):
    return f"//form[input[@name='step' and @value='{step}']]"


def answer(who, step, answers, password=None):
    """A step of the room with the answers it asks for."""
    for metric, value in answers.items():
        if value in ("true", "false", "steady"):
            who.press(f"{form(step)}//input[@name='{metric}' and @value='{value}']")
        else:
            who.type(f"{form(step)}//input[@name='{metric}']", value)
    if password:
        who.type(f"{form(step)}//input[@name='signature']", password)
    who.press(f"{form(step)}//button")


def record(who, **values):
    for name, value in values.items():
        who.type(f"#{name}", str(value))
    who.press(".pad-save")
    who.wait(lambda: not who.at("#sbp", "return one.value"), "the entry was taken")


def stands(who, state):
    who.expect(state, ".way [aria-current]")


def book(day, desk):
    """At the front desk: a session for this morning."""
    desk.go("/patients?q=" + PATIENT)
    desk.press(f"//a[.='{PATIENT}']")
    desk.press("//a[contains(., 'Book')]") if "/booking" not in desk.driver.current_url else None
    desk.expect("permits the next session from 4 Mar 2026")
    desk.set("[name=planned_start]", "2026-03-04")
    desk.set("[name=planned_start_clock]", "09:30")
    desk.type("[name=chair]", "7")
    day.seen(desk, "booking")
    desk.press("//form[contains(@action, '/booking')]//button[.='Book']")
    desk.expect("chair 7")
    desk.go("/board")
    desk.expect(PATIENT, ".board-lists")


def arrive(day, nurse):
    day.advance(25)
    nurse.go("/board")
    nurse.press(f"//ul[contains(@class, 'board-list')]//a[contains(@href, '/room') and contains(., '{PATIENT}')]")
    nurse.expect("Check in", ".room-steps")
    day.seen(nurse, "room before")
    answer(nurse, "check_in", {
        "escort": "true", "minutes_since_food": "180", "minutes_since_liquid": "60", "acute_illness": "false", "pregnancy": "false",
        "prescriber_onsite": "true", "hcp_and_oximeter": "true", "rems_enrolled": "true", "stimulant_today": "false",
        "hours_since_sedative": "72", "hours_since_alcohol": "72", "minutes_since_nasal": "600"})
    stands(nurse, "Here")
    return nurse.driver.current_url


def screen(nurse, room):
    """The room says what is not known yet, and leads to where it is recorded."""
    nurse.press("//section[@data-region='gate']//details[contains(., 'PR-11')]/summary")
    nurse.press("//a[contains(., 'Record:')]")
    nurse.expect("Add: score")
    for field in range(1, 8):
        if nurse.all(f"[name=answers_{field}]"):
            nurse.set(f"[name=answers_{field}]", "0")
    nurse.set("[name=time]", "2026-03-04")
    nurse.set("[name=time_clock]", "09:24")
    nurse.press("//form[contains(@class, 'editor')]//button[.='Add']")
    nurse.wait(lambda: "instrument=" not in nurse.driver.current_url, "the screener is recorded")
    nurse.go(room)


def dose(day, nurse, prescriber, room):
    """Checked, cleared by the prescriber, issued, two devices with the rest between them."""
    day.advance(5, nurse)
    record(nurse, sbp=126, dbp=78, hr=70, spo2=98, rr=14, cadss23=0)
    nurse.press(".taps button[value='5']")
    stands(nurse, "Checked")
    prescriber.go(room)
    answer(prescriber, "clear", {}, PASSWORD)
    prescriber.wait(lambda: "Cleared" in prescriber.text(".way [aria-current]") or prescriber.all("dialog[open]"), "cleared or asked")
    if prescriber.all("dialog[open]"):
        raise SystemExit("not cleared: " + prescriber.text("dialog"))
    stands(nurse, "Cleared")
    nurse.press(form("issue_drug") + "//button")
    stands(nurse, "Issued")
    nurse.press("//button[contains(., 'Device 1 given')]")
    nurse.expect("Device 2 given", ".room-steps")
    nurse.expect("Rest", ".room-steps")
    day.seen(nurse, "rest between devices")
    day.advance(5, nurse)
    nurse.press("//button[contains(., 'Device 2 given')]")
    nurse.expect("2 × esketamine 28 mg", ".room-head")


def alarm(day, nurse, board):
    """182/112 forty minutes later: another browser's board shows it within a second. At 134/84 it is over."""
    day.advance(40, nurse, board)
    for name, value in {"sbp": 182, "dbp": 112, "hr": 92, "spo2": 96}.items():
        nurse.type(f"#{name}", str(value))
    chair = f"//a[contains(@class, 'chair-link') and contains(., '{PATIENT}')]"
    assert "182" not in board.text(chair)
    started = time.monotonic()
    nurse.press(".pad-save")
    board.expect("182", chair, seconds=5)
    latency = time.monotonic() - started
    nurse.expect("SBP very high", ".room-alerts")
    day.seen(nurse, "room with an alarm", "room")
    day.seen(board, "board")
    nurse.type("#term", "dizziness")
    nurse.press("//form[contains(@action, '/adverse-events')]//button[.='Record event']")
    nurse.expect("dizziness", "[data-region='events']")
    day.advance(15, nurse)
    record(nurse, sbp=134, dbp=84, hr=76, spo2=97)
    nurse.wait(lambda: "SBP very high" not in nurse.text(".room-alerts").split("earlier")[0], "the alarm is over")
    nurse.press("//section//button[.='Over now']")
    nurse.expect("over ", "[data-region='events']")
    return latency


def leave(day, nurse, prescriber):
    """118 minutes after the last device the door stays shut, at 120 it opens."""
    day.advance(62, nurse, prescriber)
    record(nurse, sbp=124, dbp=78, hr=70, spo2=98, rr=14, cadss23=0)
    nurse.press(".taps button[value='5']")
    day.advance(1, nurse, prescriber)
    answer(nurse, "ready", {"gait": "steady", "clinician_attestation": "true"})
    nurse.expect("DC-01", "dialog[open]")
    day.seen(nurse, "not yet ready to leave", "discharge-refused")
    nurse.press("[data-answer=no]")
    day.advance(2, nurse, prescriber)
    answer(nurse, "ready", {"gait": "steady", "clinician_attestation": "true"})
    stands(nurse, "Ready")
    stands(prescriber, "Ready")
    answer(prescriber, "discharge", {"escort": "true", "ack_no_driving": "true", "cssrs_recheck": "true"}, PASSWORD)
    stands(prescriber, "Left")


def document(day, nurse, prescriber, room):
    """The form of the session, ready to print; a draft of a note."""
    prescriber.go(f"/patients/{PATIENT}/history/notes")
    prescriber.type("textarea", "Dizzy for a quarter of an hour, then well.")
    prescriber.press("//form[contains(@class, 'editor')]//button[.='Add']")
    prescriber.expect("Sign", ".entries")
    day.seen(prescriber, "note")
    prescriber.go(f"/patients/{PATIENT}/history/adverse-events")
    prescriber.type("[name=term]", "headache")
    prescriber.set("[name=onset]", "2026-03-03")
    prescriber.press("//form[contains(@class, 'editor')]//button[.='Add']")
    prescriber.expect("headache", ".entries")
    nurse.go(room.removesuffix("/room") + "/rems")
    nurse.expect("Monitoring")
    nurse.expect("182")
    day.seen(nurse, "REMS form", "rems")


def waste(day, nurse):
    """The rest of an infusion is wasted at the chair, with a second person who proves it."""
    nurse.go("/board")
    nurse.press("//a[contains(@class, 'chair-link') and contains(., 'ketamine 38 mg')]")
    nurse.expect("0.24 mL not accounted for", ".room-drug")
    nurse.press("//section[contains(@class, 'room-drug')]//summary[.='Waste']")
    fields = "form[action='/stock/record/waste'] "
    for name, value in {"amount": "0.24", "reason": "rest in the syringe", "witness_password": PASSWORD}.items():
        nurse.type(f"{fields}[name={name}]", value)
    nurse.type(fields + "[name=witness_code]", nurse.text(fields + "[data-witness-hint]").split("now is ")[1][:6])
    nurse.set(fields + "[name=witness]", "omar")
    day.seen(nurse, "waste with a witness", "waste")
    nurse.press("//form[@action='/stock/record/waste']//button")
    nurse.wait(lambda: "not accounted" not in nurse.text(".room-drug") and "0.24 mL" in nurse.text(".room-drug"), "the waste is recorded")


def make_link(desk):
    desk.go(f"/patients/{PATIENT}/links")
    if not desk.all("input[value='PHQ-9']:checked"):
        desk.press("input[value='PHQ-9']")
    desk.press("//button[.='Make the link']")
    return "/rate/" + desk.text(".once").split("/rate/")[1]


def rate(day, desk, prescriber):
    """At home, on a phone, by link: item 9 shows whom to call, and the clinic is told."""
    link = make_link(desk)
    day.seen(desk, "link made", "link")
    phone = day.browser(size=PHONE).go(link)
    day.seen(phone, "self-rating", "self-rating")
    for item in dict.fromkeys(radio.get_attribute("name") for radio in phone.all("input[type=radio]")):
        phone.press(f"//input[@type='radio' and @name='{item}' and @value='{1 if item.endswith('9') else 0}']")
    prescriber.go("/board")
    prescriber.expect("1", "#risk-banner", seconds=10)
    phone.expect("kept", "#kept")
    day.seen(phone, "self-rating with item 9", "self-rating-item-9")
    prescriber.go("/risk")
    prescriber.expect(PATIENT)
    day.seen(prescriber, "alerts")
    phone.go(link + "/review")
    phone.press("//button[contains(., 'Send to')]")
    phone.expect("Thank you")
    prescriber.go(f"/patients/{PATIENT}/history/scores")
    prescriber.expect("PHQ-9")
    return make_link(desk)


def restrict(prescriber):
    """A chart for its care team only, so that there is a glass to break."""
    prescriber.go("/patients/demo-26")
    prescriber.press("//form[contains(@action, '/restriction')]//button")
    prescriber.expect("Restricted")


def break_glass(nurse):
    nurse.go("/patients/demo-26")
    nurse.expect("care team only")
    nurse.press("//a[contains(., 'Break the glass')]")
    nurse.type("[name=reason]", "Dizzy in the waiting room")
    nurse.type("[name=signature]", PASSWORD)
    nurse.press("//form//button[contains(@class, 'grave')]")
    nurse.wait(lambda: nurse.driver.current_url.endswith("/patients/demo-26"), "the chart is open")


def compare(day, prescriber):
    """The protocol lab: three protocols on as few people as it takes, in the background; the answer comes by itself."""
    prescriber.go("/lab")
    prescriber.set("[name=people]", prescriber.at("[name=people]", "return one.min"))
    prescriber.press("//main//form//button[not(@type='button')]")
    prescriber.wait(lambda: "/lab/" in prescriber.driver.current_url, "the comparison began")
    prescriber.wait(lambda: prescriber.all(".lab-wide svg"), "protocols are compared", seconds=120)
    day.seen(prescriber, "protocols compared", "lab")
    return prescriber.driver.current_url.removeprefix(prescriber.clinic.address).removeprefix("/lab/")


def clocks_set_back(day, nurse):
    """The hour that comes twice, and midnight: a time typed on a tablet is when its clock last showed it. Without a connection the entry waits
    with that time, and is sent once there is one."""
    day.clinic.set_time(at("2026-11-01T06:10:00"))
    nurse.come_in("nina")
    nurse.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})
    room = "/patients/demo-21/sessions/demo-21-today/room"
    nurse.go(room).expect_clock()
    nurse.driver.execute_script("window.fetch = () => Promise.reject(new Error('no connection'))")

    def waiting():
        return [entry["fields"]["time"] for entry in sorted(trouble.waiting(nurse), key=lambda entry: entry["made"])]

    for number, (clock, time) in enumerate([("01:05", "2026-11-01T06:05"), ("00:55", "2026-11-01T04:55"), ("23:50", "2026-11-01T03:50")], 1):
        nurse.type("#hr", str(70 + number))
        nurse.set("#entry-time", clock)
        nurse.press(".pad-save")
        nurse.wait(lambda: len(waiting()) == number, "the entry waits")
        if not waiting()[-1].startswith(time):
            raise SystemExit(f"{clock} was taken for {waiting()[-1]}; expected {time}")
    nurse.expect("3 entries wait", ".queue")
    nurse.go(room).wait(lambda: not waiting(), "the entries were sent")
    nurse.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def samples(prescriber, nurse, room, link, run):
    """Addresses of pages that need more than a name: of the day's patient, of one with little, of one from another clinic's record."""
    patient, session = f"/patients/{PATIENT}", room.removesuffix("/room").removeprefix(prescriber.clinic.address)
    listed, _ = pages.addresses(prescriber.clinic, {})
    found = {}
    for pattern in listed:
        address = pattern.replace("/patients/{patient}/sessions/{session}", session).replace("/patients/{patient}", patient)
        address = address.replace("{token}", link.removeprefix("/rate/")).replace("{lot}", "DEMO-K").replace("{kind}", "follow_up").replace("{run}", run)
        if address.endswith("/{fact}"):
            address = fact(prescriber, address) or address
        found[pattern] = [address]
    others = ["demo-02", "demo-39"]
    for pattern in ["/patients/{patient}", "/patients/{patient}/plan", "/patients/{patient}/booking", "/patients/{patient}/history/scores"]:
        found[pattern] += [pattern.replace("{patient}", other) for other in others]
    found["/patients/{patient}/sessions/{session}/room"] += [
        f"/patients/{other}/sessions/{other}-today/room" for other in ("demo-28", "demo-39", "demo-24")]
    found["/patients"] = ["/patients", "/patients?q=nobody"]
    found["/stock/record/reverse"] = ["/stock/record/reverse?line=" + line_of("/stock/lots/DEMO-K", nurse)]
    return found


def fact(who, address):
    """A fact to correct, of the first patient who has one of its kind."""
    for patient in [PATIENT, "demo-02", "demo-39", "demo-12", "demo-41", "demo-48"]:
        page = address.replace(PATIENT, patient).removesuffix("/{fact}")
        who.go(page)
        if links := who.all(f"a[href^='{page}/']"):
            return links[0].get_attribute("href").removeprefix(who.clinic.address)
    return None


def line_of(lot, who):
    return (re.search(r"reverse\?(?:line|reverses)=([^\"&]+)", who.go(lot).driver.page_source) or ["", ""])[1]


def first_start(day, look):
    """The page of a clinic that nobody works in yet."""
    with tempfile.TemporaryDirectory() as folder:
        chart = Path(folder) / "chart.ndjson"
        chart.write_text('{"type":"patient","id":"first","birth_date":"1979-04-02","sex":"female"}\n')
        subprocess.run([ROOT / ".build/debug/euthymia", "chart", "import", "--store", f"{folder}/clinic", chart], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([ROOT / ".build/debug/euthymia", "serve", "--store", f"{folder}/clinic", "--port", "0"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            address = next(found[1] for line in server.stdout if (found := re.search(r"(http://\S+?)\.? ", line)))
            return pages.look(day.browsers[0], address + "/first-start", look and look(None, "/first-start"))
        finally:
            server.terminate()
            server.wait(timeout=20)


def main():
    look = Path(sys.argv[sys.argv.index("--look") + 1]) if "--look" in sys.argv else None
    clinic = Clinic(at("2026-03-04T09:00:00"))
    day = Day(clinic, "--pictures" in sys.argv)
    started = time.monotonic()
    try:
        desk, nurse, board, prescriber = (day.browser(person) for person in ("rosa", "nina", "omar", "paula"))
        board.go("/board")
        book(day, desk)
        room = arrive(day, nurse)
        screen(nurse, room)
        dose(day, nurse, prescriber, room)
        latency = alarm(day, nurse, board)
        leave(day, nurse, prescriber)
        document(day, nurse, prescriber, room)
        waste(day, nurse)
        link = rate(day, desk, prescriber)
        # Lists of the board follow the charts within half a minute.
        board.go("/board").expect("Unsigned notes 1", ".board-lists", seconds=45)
        restrict(prescriber)
        break_glass(nurse)
        run = compare(day, prescriber)
        print(f"a day in Chromium: passed, {time.monotonic() - started:.0f} s")
        print(f"alarm on the board of another browser after {latency * 1000:.0f} ms")

        def picture(person, pattern):
            name = re.sub(r"\W+", "-", pattern).strip("-")
            return look and (lambda size, dark: look / f"{name}--{person}-{size}{'-dark' if dark else ''}.png")

        found, count = pages.walk([nurse, board], clinic, samples(prescriber, nurse, room, link, run), ELSEWHERE, look and picture)
        trouble.run(nurse, prescriber)
        clocks_set_back(day, nurse)
        found += first_start(day, look and picture)
        findings = list(dict.fromkeys(day.findings + found)) + ([f"an alarm took {latency:.1f} s"] if latency > SOON else [])
        print(*findings, sep="\n")
        print(f"{count} pages looked at, light and dark, at 1280 and 390 px: {len(findings)} findings, {time.monotonic() - started:.0f} s")
        return 1 if findings else 0
    finally:
        for browser in day.browsers:
            browser.close()
        clinic.stop()


if __name__ == "__main__":
    sys.exit(main())
