"""What goes wrong with a room on a tablet: the connection, the sign-in, the hands it is in, the right to the chart. Nothing typed is lost."""

PASSWORD = "nobody here exists"
ROOM = "/patients/{0}/sessions/{0}-today/room"
# Nothing reaches the clinic, as when the network is down.
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
ONLINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


def waiting(who):
    """The entries that wait on the device, whosever they are."""
    return who.driver.execute_script(
        "return Object.keys(localStorage).filter((key) => key.startsWith('euthymia.waiting.')).map((key) => JSON.parse(localStorage[key]))")


def connect(who, is_online):
    who.driver.execute_cdp_cmd("Network.enable", {})
    who.driver.execute_cdp_cmd("Network.emulateNetworkConditions", ONLINE if is_online else OFFLINE)


def enter(who, **values):
    for name, value in values.items():
        who.type(f"#{name}", str(value))
    who.press(".pad-save")


def recorded(who, text):
    """The value is in the chart, as the clinic tells it to anybody."""
    who.wait(lambda: text in who.go("/patients/demo-20").driver.page_source, f"{text} is in the chart")


def offline(who):
    """Typed without a connection, the page closed, another page opened later: it is sent from there."""
    who.go(ROOM.format("demo-20")).expect_clock()
    connect(who, False)
    enter(who, hr=77)
    who.wait(lambda: len(waiting(who)) == 1, "the entry waits")
    who.expect("1 entry waits on this device", ".queue")
    who.expect("No connection to the clinic", ".connection")
    who.driver.get("about:blank")
    connect(who, True)
    who.go("/board").wait(lambda: not waiting(who), "the board sent it")
    recorded(who, "77")


def another_sign_in(who):
    """The room stays open while its person signs in anew elsewhere in the browser: its forms are still heard."""
    who.go(ROOM.format("demo-20")).expect_clock()
    room = who.driver.current_window_handle
    who.driver.switch_to.new_window("tab")
    other = who.driver.current_window_handle
    who.come_in(who.person)
    who.driver.switch_to.window(room)
    enter(who, hr=78)
    who.wait(lambda: not who.at("#hr", "return one.value") and not waiting(who), "the entry was taken by the old page")
    who.driver.switch_to.window(other)
    who.driver.close()
    who.driver.switch_to.window(room)
    recorded(who, "78")


def change_of_hands(who, other):
    """What one person typed without a connection waits for them; the next person at the tablet sees that, cannot send it, and loses nothing."""
    first = who.person
    who.go(ROOM.format("demo-20")).expect_clock()
    connect(who, False)
    enter(who, hr=79)
    who.wait(lambda: len(waiting(who)) == 1, "the entry waits")
    who.sign_out()
    who.driver.get("about:blank")
    connect(who, True)
    who.come_in(other)
    who.go("/board").expect("for Nina Ahlgren to sign in here", ".queue")
    if not waiting(who):
        raise SystemExit("another person sent what was not theirs")
    who.come_in(first)
    who.go("/board").wait(lambda: not waiting(who), "sent by its author")
    recorded(who, "79")


def refused(who):
    """What the clinic refuses is not thrown away: its author reads why and decides."""
    who.go(ROOM.format("demo-20")).expect_clock()
    connect(who, False)
    enter(who, hr=81)
    who.wait(lambda: len(waiting(who)) == 1, "the entry waits")
    # A time that the clinic cannot take.
    who.driver.execute_script("""
        const key = Object.keys(localStorage).find((key) => key.startsWith('euthymia.waiting.'));
        const entry = JSON.parse(localStorage[key]); entry.fields.time = '2999-01-01T00:00:00Z'; localStorage[key] = JSON.stringify(entry);""")
    connect(who, True)
    who.expect("Not taken by the clinic", ".queue", seconds=20)
    who.go("/board").expect("lies in the future", ".queue")
    if len(waiting(who)) != 1:
        raise SystemExit("a refused entry was lost")
    who.press("//div[contains(@class, 'queue')]//button[.='Throw away']")
    who.wait(lambda: not waiting(who), "its author threw it away")


def closed(who, prescriber):
    """The chart is closed while its room is open: it goes from the screen, and the way to break the glass is there."""
    who.go(ROOM.format("demo-24")).expect_clock()
    prescriber.go("/patients/demo-24")
    prescriber.press("//form[contains(@action, '/restriction')]//button")
    prescriber.expect("Restricted")
    who.expect("care team only", seconds=20)
    who.one("//a[contains(., 'Break the glass')]")
    prescriber.press("//form[contains(@action, '/restriction')]//button")
    prescriber.wait(lambda: "Restricted to" not in prescriber.text(), "the chart is open again")


def signed_out(who):
    """After signing out the way back shows nothing."""
    who.go(ROOM.format("demo-20")).expect_clock()
    who.press("//form[@action='/sign-out']//button")
    who.wait(lambda: "/sign-in" in who.driver.current_url, "signed out")
    who.driver.back()
    who.wait(lambda: "/sign-in" in who.driver.current_url or "demo-20" not in who.driver.page_source, "nothing is shown to who goes back")


def run(nurse, prescriber):
    nurse.come_in("nina")
    prescriber.come_in("paula")
    offline(nurse)
    another_sign_in(nurse)
    change_of_hands(nurse, "omar")
    refused(nurse)
    closed(nurse, prescriber)
    signed_out(nurse)
