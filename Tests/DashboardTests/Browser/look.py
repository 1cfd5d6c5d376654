"""Looks at the page in a headless Chromium and prints what it found as JSON.

    look.py CHROMIUM URL TOKEN RUN IMAGE FOLDER

Speaks the DevTools protocol over a pipe. Every place of the page is opened at two widths, light and dark, and a screenshot
of each is left in FOLDER. Then the page is used by keyboard alone.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time

PATIENCE = 60

# What a layout has got wrong: pages that scroll sideways, text that is cut, boxes that lie on one another, and text
# that is too faint on what is behind it.
LAYOUT = r"""
(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push('the page is ' + root.scrollWidth + ' wide');
  const name = node => node.nodeName.toLowerCase() + ' ' + (node.textContent || node.alt || '').trim().slice(0, 40);
  const boxes = [];
  for (const node of document.body.querySelectorAll('*')) {
    if (!node.getClientRects().length || !node.checkVisibility({ visibilityProperty: true })) continue;
    if (node.scrollWidth > node.clientWidth + 1 && node.clientWidth && getComputedStyle(node).display !== 'inline') {
      found.push('cut: ' + name(node));
    }
    const hasText = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
    const isBox = hasText || ['IMG', 'BUTTON', 'INPUT', 'PROGRESS'].includes(node.nodeName);
    if (!isBox || node.closest('.skip, #said')) continue;
    const box = node.getBoundingClientRect();
    if (box.left < -1 || box.right > root.clientWidth + 1) found.push('outside: ' + name(node));
    boxes.push([node, box]);
  }
  for (const [a, p] of boxes) for (const [b, q] of boxes) {
    if (a === b || a.contains(b) || b.contains(a)) continue;
    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (wide > 2 && high > 4) found.push('overlap: ' + name(a) + ' and ' + name(b));
  }
  const light = colour => {
    const parts = colour.match(/[\d.]+/g).map(Number);
    const linear = parts.slice(0, 3).map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return { value: 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], alpha: parts[3] === undefined ? 1 : parts[3] };
  };
  for (const [node] of boxes) {
    if (['IMG', 'PROGRESS'].includes(node.nodeName)) continue;
    let behind = node;
    while (behind && light(getComputedStyle(behind).backgroundColor).alpha === 0) behind = behind.parentElement;
    const paper = light(getComputedStyle(behind || document.body).backgroundColor).value;
    const ink = light(getComputedStyle(node).color).value;
    const contrast = (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05);
    if (contrast < 4.5) found.push('faint (' + contrast.toFixed(1) + '): ' + name(node));
  }
  return found;
})()
"""

FOCUSED = r"""
(() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node);
  return {
    label: node.getAttribute('aria-label') || node.textContent.trim() || node.id,
    path: node.dataset.path || '', node: node.nodeName, isVisible: style.outlineStyle !== 'none',
  };
})()
"""


class Browser:
    """One tab of a Chromium of our own."""

    def __init__(self, program, folder):
        to_browser, write = os.pipe()
        read, from_browser = os.pipe()
        # The browser reads commands from descriptor 3 and answers on 4.
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
                   "--disable-background-networking", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-proxy-server",
                   "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh", *command],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.write, self.read = write, os.fdopen(read, "rb", 0)
        self.number, self.rest, self.dialogs, self.errors = 0, b"", [], []
        self.session = None
        targets = self.ask("Target.getTargets")["targetInfos"]
        target = next(target["targetId"] for target in targets if target["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Accessibility", "Log", "Network"):
            self.ask(domain + ".enable")

    def ask(self, method, **parameters):
        self.number += 1
        mine = self.number
        message = {"id": mine, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == mine:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def next(self):
        while b"\0" not in self.rest:
            part = self.read.read(1 << 20)
            if not part:
                raise RuntimeError("the browser ended")
            self.rest += part
        text, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(text)
        if message.get("method") == "Page.javascriptDialogOpening":
            self.dialogs.append(message["params"]["message"])
            self.number += 1
            os.write(self.write, json.dumps({
                "id": self.number, "sessionId": self.session, "method": "Page.handleJavaScriptDialog",
                "params": {"accept": True}}).encode() + b"\0")
        elif message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(message["params"]["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif message.get("method") == "Log.entryAdded":
            entry = message["params"]["entry"]
            if entry["level"] == "error":
                self.errors.append(entry["text"] + " " + entry.get("url", ""))
        return message

    def value(self, expression):
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)["result"].get("value")

    def wait(self, expression):
        end = time.monotonic() + PATIENCE
        # An element by itself comes back as an empty object.
        while not self.value(f"!!({expression})"):
            if time.monotonic() > end:
                said = self.value("document.body.innerText")
                raise RuntimeError(f"never so: {expression}; the page begins with {said[:500]!r}")

    def open(self, url, hash):
        self.ask("Page.navigate", url="about:blank")
        self.ask("Page.navigate", url=url + "/" + hash)
        self.wait("document.body && document.body.dataset.refreshes && document.querySelector('h1')")
        # Pictures in a list come one after the other.
        self.wait("[...document.images].every(image => image.complete && image.naturalWidth)"
                  " && !document.body.innerText.includes('being drawn')")

    def key(self, key, code, text=None):
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        if text:
            event["text"] = text
        self.ask("Input.dispatchKeyEvent", type="keyDown", **event)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **event)

    def tab(self):
        self.key("Tab", 9)
        return self.value(FOCUSED)

    def close(self):
        os.close(self.write)
        self.process.kill()
        self.process.wait()


def looks(browser, url, run, image, folder):
    """What is wrong with the layout of every place, by the name of its screenshot."""
    found = {}
    for place, hash in (("sets", "#/"), ("run", f"#/run/{run}"), ("picture", f"#/picture/{run}/{image}")):
        for width in (390, 1440):
            browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
            for scheme in ("light", "dark"):
                browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser.open(url, hash)
                name = f"{place}-{width}-{scheme}"
                found[name] = browser.value(LAYOUT)
                size = browser.ask("Page.getLayoutMetrics")["cssContentSize"]
                shot = browser.ask("Page.captureScreenshot", captureBeyondViewport=True, clip={
                    "x": 0, "y": 0, "width": width, "height": min(size["height"], 6000), "scale": 1})
                with open(os.path.join(folder, name + ".png"), "wb") as file:
                    file.write(base64.b64decode(shot["data"]))
    return found


def hold(browser, prefix):
    """Lets the server answer no request below a path until another is named."""
    browser.value(f"fetch('/hold?prefix={prefix}').then(() => true)")


def drawing(browser, url, run):
    """Pictures that are asked for twice while one is drawn, and those that are waited for after the page was left."""
    browser.ask("Network.setCacheDisabled", cacheDisabled=True)
    browser.ask("Page.navigate", url="about:blank")
    browser.ask("Page.navigate", url=url + "/#/")
    browser.wait("document.body && document.body.dataset.refreshes")
    hold(browser, "/picture/")
    browser.value(f"location.hash = '#/run/{run}'")
    browser.wait("drawing !== null && queue.length > 2")
    browser.value("refresh().then(refresh).then(() => true)")
    twice = browser.value("[drawing, ...queue].length - new Set([drawing, ...queue]).size")
    browser.value("location.hash = '#/'")
    browser.wait("document.querySelector('h1').textContent === 'Image sets'")
    left = browser.value("queue.length")
    hold(browser, "")
    return twice, left


def undrawable(browser, url, run):
    """Pictures that the server cannot draw are said to be so, and a run whose number none can have not to be there.

    Returns what is wrong with the layout of the former.
    """
    browser.value("fetch('/refuse?prefix=/picture/').then(() => true)")
    browser.ask("Emulation.setDeviceMetricsOverride", width=390, height=900, deviceScaleFactor=1, mobile=True)
    browser.ask("Page.navigate", url="about:blank")
    browser.ask("Page.navigate", url=f"{url}/#/run/{run}")
    browser.wait("document.querySelector('.gallery li') && [...document.querySelectorAll('.gallery li')]"
                 ".every(item => item.innerText.includes('It cannot be drawn'))")
    found = browser.value(LAYOUT)
    browser.value("fetch('/refuse?prefix=').then(() => true)")
    browser.value("location.hash = '#/run/999999999999'")
    browser.wait("document.querySelector('h1').textContent === 'There is no run 999999999999'"
                 " && document.getElementById('state').textContent === 'Live'")
    browser.value("location.hash = '#/picture/1/99999999999999999999'")
    browser.wait("document.querySelector('h1').textContent === 'This picture has no count'")
    return found


def silence(browser, url):
    """A server that takes requests and answers none: the page says so, and that it is live once it answers again."""
    browser.open(url, "#/")
    hold(browser, "/api/")
    browser.wait("document.getElementById('state').textContent.startsWith('No answer for more than')")
    hold(browser, "")
    browser.wait("document.getElementById('state').textContent === 'Live'")


def landmarks(browser):
    """Roles that are there, and what has no name but needs one."""
    nodes = browser.ask("Accessibility.getFullAXTree")["nodes"]
    roles, nameless = set(), []
    for node in nodes:
        role = node.get("role", {}).get("value", "")
        roles.add(role)
        name = node.get("name", {}).get("value", "")
        if role in ("button", "link", "textbox", "progressbar", "region", "list") and not node.get("ignored") and not name:
            if role != "list":
                nameless.append(role)
    return sorted(roles), nameless


def walk(browser):
    """Every place that the tabulator reaches, in order, once."""
    reached = []
    browser.value("document.activeElement.blur()")
    for _ in range(400):
        focused = browser.tab()
        if focused is None or (reached and focused == reached[0]):
            break
        reached.append(focused)
    return reached


def main():
    program, url, token, run, image, folder = sys.argv[1:]
    # Processes of the browser's own outlive it by a moment, and still write there.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            found = {"layout": looks(browser, url, run, image, folder)}
            # Markup in names has become no element, and nothing in it ran.
            browser.open(url, f"#/run/{run}")
            found["injected"] = browser.value(
                "document.querySelectorAll('main b, main script, main iframe, main [onerror], main [onmouseover]').length")
            found["dialogs"] = list(browser.dialogs)
            found["elsewhere"] = browser.value(
                "performance.getEntriesByType('resource').map(entry => entry.name).filter(name => !name.startsWith(location.origin))")
            browser.open(url, f"#/picture/{run}/{image}")
            found["source"] = browser.value(
                "[...document.querySelectorAll('dd a')].map(link => link.getAttribute('href'))")[-1]
            # By keyboard: the token first, since the actions ask for it.
            browser.ask("Emulation.setDeviceMetricsOverride", width=1440, height=900, deviceScaleFactor=1, mobile=False)
            browser.open(url, "#/")
            browser.value("window.isSameDocument = true")
            reached = walk(browser)
            found["reached"] = [place["label"] for place in reached if place["path"]]
            found["buttons"] = browser.value(
                "[...document.querySelectorAll('button[data-path]')].map(button => button.getAttribute('aria-label'))")
            found["unseen"] = [place["label"] for place in reached if not place["isVisible"]]
            found["roles"], found["nameless"] = landmarks(browser)
            # A screen reader listens to two places, one of which has not said anything yet.
            found["live"] = browser.value(
                "[...document.querySelectorAll('[role=status]')].filter(node => node.checkVisibility()).length")

            def press(label):
                browser.value("document.activeElement.blur()")
                for _ in range(400):
                    focused = browser.tab()
                    if focused and focused["label"] == label:
                        browser.key("Enter", 13, "\r")
                        return
                raise RuntimeError(f"nothing is called {label!r}")

            name = browser.value("document.querySelector('section.card').getAttribute('aria-label')")
            # Without the token it is asked for, and the field for it has the focus.
            press("Pause " + name)
            browser.wait("document.activeElement.id === 'token'")
            # What no header can hold is no token, and the page goes on.
            browser.ask("Input.insertText", text="токен")
            browser.key("Enter", 13, "\r")
            browser.wait("document.getElementById('said').textContent.startsWith('That is not the token')")
            first = browser.value("document.getElementById('said').textContent")
            browser.key("Enter", 13, "\r")
            # The same again is another text, and so is spoken again.
            browser.wait(f"document.getElementById('said').textContent.trim() === {json.dumps(first)}"
                         f" && document.getElementById('said').textContent !== {json.dumps(first)}")
            seen = browser.value("Number(document.body.dataset.refreshes)")
            browser.wait(f"Number(document.body.dataset.refreshes) > {seen} && document.getElementById('state').textContent === 'Live'")
            browser.value("document.getElementById('token').select()")
            browser.ask("Input.insertText", text=token)
            browser.key("Enter", 13, "\r")
            browser.wait("document.getElementById('said').textContent.startsWith('The token is right')")
            press("Pause " + name)
            browser.wait("document.querySelector('section.card .badge').textContent === 'paused'")
            press("Resume " + name)
            browser.wait("document.querySelector('section.card .badge').textContent !== 'paused'")
            card = browser.value("document.querySelector('li.card h3').textContent")
            found["card"] = browser.value(
                "[...document.querySelectorAll('li.card:first-child dl > div')].map(fact => fact.textContent)")
            press("One worker more on " + card)
            browser.wait("document.querySelector('li.card').innerText.includes('of 2')")
            press("Quarantine " + card)
            browser.wait("document.querySelector('li.card .badge').textContent === 'quarantined'")
            press("Release " + card)
            browser.wait("document.querySelector('li.card .badge').textContent !== 'quarantined'")
            press("Retry failures of " + name)
            browser.wait("document.getElementById('said').textContent.startsWith('Retry failures')")
            # Its button is gone, and the focus is still in its card.
            browser.wait("![...document.querySelectorAll('button')].some(button => button.textContent === 'Retry failures')")
            found["focus"] = browser.value("document.activeElement.closest('.card')?.getAttribute('data-key')")
            press("Cancel " + name)
            browser.wait("!document.body.innerText.includes('Nothing is enqueued')"
                         " && document.querySelector('section.card .badge').textContent === 'cancelled'")
            found["focusAtEnd"] = browser.value("document.activeElement.closest('.card')?.getAttribute('data-key')")
            found["asked"] = browser.dialogs
            found["isSameDocument"] = browser.value("window.isSameDocument === true")
            found["errors"] = list(browser.errors)
            found["twice"], found["left"] = drawing(browser, url, run)
            found["undrawable"] = undrawable(browser, url, run)
            silence(browser, url)
        finally:
            browser.close()
    print(json.dumps(found))


main()
