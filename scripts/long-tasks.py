"""What the page costs the browser with thousands of conversations, or with a long history.

    python3 scripts/long-tasks.py target/release/confab [--conversations 2000] [--rate 50] [--seconds 10]
    python3 scripts/long-tasks.py target/release/confab --messages 100000 [--pixels 400]

Starts the server with an empty data folder and Chromium without a window (chromedriver has to be on PATH), signs in, and
has another user make the conversations. Prints, for each thing that the user then does, how many tasks of the page's main
thread took longer than 50 ms, the longest of them, and the share of the time in which the main thread was busy. The build
matters: a debug page is many times slower than one of `make page`.

With --messages, one conversation has so many messages, and the user scrolls from the last to the first, so many pixels in
each frame. Prints the time between frames, the most elements in the document, and the long tasks.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
import uuid

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--window-size=1280,900"]
OBSERVE = """
    window.longTasks = [];
    window.observer ??= new PerformanceObserver(list => window.longTasks.push(...list.getEntries().map(e => e.duration)));
    window.observer.observe({ type: 'longtask' });
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, holds, patience=60):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            if value := holds():
                return value
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"{what}: it did not come")


def client_id():
    """A UUIDv7."""
    value = (int(time.time() * 1000) << 80) | random.getrandbits(80)
    value = value & ~(0xF << 76) | (7 << 76)
    return str(uuid.UUID(int=value & ~(3 << 62) | (2 << 62)))


class User:
    """A user who talks over HTTP."""

    def __init__(self, port, name):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.token = None
        self.token = self.post("/sessions", {"name": name})["token"]

    def post(self, path, body):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        for attempt in range(2):
            try:
                self.connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
                answer = self.connection.getresponse()
                break
            except OSError:
                # The server closes connections that have been idle; the client_id makes another attempt harmless.
                self.connection.close()
                if attempt:
                    raise
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"POST {path}: {answer.status} {text}")
        return json.loads(text)

    def group(self, title, member):
        body = {"kind": "group", "client_id": client_id(), "title": title, "members": [member]}
        return self.post("/conversations", body)["conversation"]["id"]

    def say(self, conversation, text):
        self.post(f"/conversations/{conversation}/messages", {"client_id": client_id(), "text": text})


class Posting(threading.Thread):
    """Posts to random conversations at a fixed rate, until it is stopped."""

    def __init__(self, user, conversations, rate):
        super().__init__(daemon=True)
        self.user, self.conversations, self.rate = user, conversations, rate
        self.stopped = threading.Event()
        self.posted = 0

    def run(self):
        begun = time.monotonic()
        while not self.stopped.is_set():
            self.user.say(random.choice(self.conversations), f"message {self.posted}")
            self.posted += 1
            time.sleep(max(0.0, begun + self.posted / self.rate - time.monotonic()))

    def stop(self):
        self.stopped.set()
        self.join()


class Browser:
    def __init__(self, profile):
        port = free_port()
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        until("chromedriver", lambda: self.call("GET", "/status")["ready"])
        options = {"args": [*FLAGS, f"--user-data-dir={profile}"]}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self.url += f"/session/{session['sessionId']}"
        self.cdp("Emulation.setFocusEmulationEnabled", {"enabled": True})
        self.cdp("Performance.enable", {})

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def cdp(self, command, params):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def go(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script):
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def until(self, what, expression):
        return until(what, lambda: self.run(f"return {expression}"))

    def key(self, character):
        for kind in ("keyDown", "keyUp"):
            self.cdp("Input.dispatchKeyEvent", {"type": kind, "text": character if kind == "keyDown" else "", "key": character})

    def busy_seconds(self):
        metrics = self.cdp("Performance.getMetrics", {})["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


def measure(browser, what, act):
    browser.run(OBSERVE)
    busy, begun = browser.busy_seconds(), time.monotonic()
    act()
    time.sleep(0.5)
    share = (browser.busy_seconds() - busy) / (time.monotonic() - begun)
    # The observer reports a task after it has ended.
    tasks = browser.run("window.longTasks.push(...window.observer.takeRecords().map(e => e.duration)); return window.longTasks")
    longest = f"{max(tasks):.0f} ms" if tasks else "none"
    print(f"{what:48} over 50 ms: {len(tasks):4}   longest: {longest:>8}   busy: {share:4.0%}", flush=True)


def type_for(browser, seconds):
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        browser.key("abcdefg "[number % 8])
        number += 1
        time.sleep(0.08)


def measure_page(browser, port, args):
    browser.go(f"http://localhost:{port}/?userID=reader")
    browser.until("a connection", "!!document.querySelector('[data-connection=online]')")
    writer = User(port, "writer")
    conversations = [writer.group(f"Group {number:04}", "reader") for number in range(args.conversations)]
    for conversation in conversations:
        writer.say(conversation, "hello")
    browser.go(f"http://localhost:{port}/c/{conversations[0]}")
    browser.until("the composer", "!!document.querySelector('[data-testid=composer-input]')")
    browser.until("the message", "document.querySelectorAll('[data-testid=message]').length > 0")
    time.sleep(2)
    rows = browser.run("return document.querySelectorAll('[data-testid=conversation-item]').length")
    print(f"{args.conversations} conversations, {rows} of them in the document; {args.rate} messages a second in others")
    composer = "document.querySelector('[data-testid=composer-input]').focus()"
    search = "document.querySelector('[data-testid=filter]').focus()"

    measure(browser, "nothing", lambda: time.sleep(args.seconds))
    browser.run(composer)
    measure(browser, "typing", lambda: type_for(browser, args.seconds))
    posting = Posting(writer, conversations[1:], args.rate)
    posting.start()
    measure(browser, "messages arrive", lambda: time.sleep(args.seconds))
    browser.run(composer)
    measure(browser, "messages arrive, typing", lambda: type_for(browser, args.seconds))
    posted, begun = posting.posted, time.monotonic()
    browser.run(search)

    def type_and_clear():
        for character in "group 19":
            browser.key(character)
            time.sleep(0.1)
        browser.run("const field = document.querySelector('[data-testid=filter]'); field.value = '';"
                    "field.dispatchEvent(new InputEvent('input', { bubbles: true }))")

    measure(browser, "messages arrive, searching and clearing", type_and_clear)
    scroll = "const list = document.querySelector('.sidebar-list'); list.scrollTop += 900"

    def scroll_down():
        for _ in range(40):
            browser.run(scroll)
            time.sleep(0.05)

    measure(browser, "messages arrive, scrolling the list", scroll_down)
    rate = (posting.posted - posted) / (time.monotonic() - begun)
    posting.stop()
    print(f"posted {rate:.0f} a second at the end")


SCROLL_UP = """
    const view = document.querySelector('[data-testid=timeline]'), started = performance.now();
    window.frames = []; window.mostNodes = 0; window.top1 = false;
    let before = started, waiting = 0;
    const step = now => {
        window.frames.push(now - before); before = now;
        window.mostNodes = Math.max(window.mostNodes, document.getElementsByTagName('*').length);
        if (document.querySelector("[data-row='1']") && view.scrollTop === 0) { window.top1 = true; return; }
        view.scrollTop -= PIXELS;
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
"""


def measure_timeline(browser, port, args):
    browser.go(f"http://localhost:{port}/?userID=reader")
    browser.until("a connection", "!!document.querySelector('[data-connection=online]')")
    users = [User(port, "writer%d" % number) for number in range(8)]
    maker = User(port, "maker")
    group = maker.post("/conversations", {"kind": "group", "client_id": client_id(), "title": "Long",
                       "members": ["reader"] + ["writer%d" % number for number in range(8)]})["conversation"]["id"]

    def write(user, count):
        for number in range(count):
            user.say(group, f"message {number} " + "with some more words " * (number % 7))

    threads = [threading.Thread(target=write, args=(user, args.messages // len(users))) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    browser.go(f"http://localhost:{port}/c/{group}")
    browser.until("the jump button", "!!document.querySelector('[data-testid=jump-to-newest]')")
    browser.run("document.querySelector('[data-testid=jump-to-newest]').click()")
    browser.until("the end", "!document.querySelector('[data-testid=jump-to-newest]')")
    time.sleep(2)

    def scroll():
        browser.run(SCROLL_UP.replace("PIXELS", str(args.pixels)))
        until("the first message", lambda: browser.run("return window.top1"), patience=1200)

    measure(browser, f"{args.messages} messages, {args.pixels} pixels a frame", scroll)
    frames = sorted(browser.run("return window.frames")[1:])
    at = lambda share: frames[min(len(frames) - 1, int(len(frames) * share))]
    print(f"{len(frames)} frames: median {at(.5):.1f} ms, p95 {at(.95):.1f} ms, p99 {at(.99):.1f} ms, longest {frames[-1]:.0f} ms; "
          f"at most {browser.run('return window.mostNodes')} elements in the document")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("confab")
    parser.add_argument("--conversations", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--messages", type=int, help="scroll through so many messages instead")
    parser.add_argument("--pixels", type=int, default=400)
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="confab-long-tasks-")
    port = free_port()
    command = [args.confab, "--listen", f"127.0.0.1:{port}", "--data", os.path.join(folder, "data")]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    browser = None
    try:
        until("the server", lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").status == 200)
        browser = Browser(os.path.join(folder, "profile"))
        (measure_timeline if args.messages else measure_page)(browser, port, args)
    finally:
        if browser:
            browser.close()
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
