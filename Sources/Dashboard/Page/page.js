// Draws what the JSON interface tells. Whatever comes from the database becomes text nodes and attributes, never markup.
'use strict';

const content = document.getElementById('content');
const state = document.getElementById('state');
const said = document.getElementById('said');
const period = 2000;
// Longer than this without an answer, and the page says so; much longer, and it asks again.
const silence = 10000;
const patience = 60000;
let token = '';
let status = { actions: 'none', pictures: false };

// Making elements

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  for (const child of children.flat()) if (child !== null) made.append(child instanceof Node ? child : String(child));
  return made;
}

const isKnown = value => value !== null && value !== undefined;
const number = value => isKnown(value) ? Math.round(value).toLocaleString('en') : '–';
const fixed = value => isKnown(value)
  ? value.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 }) : '–';
const percent = part => isKnown(part) ? Math.round(part * 100) + ' %' : '–';
const time = text => isKnown(text) ? text.slice(0, 19).replace('T', ' ') + ' UTC' : '–';
const simulated = (name, is) => is ? name + ' (simulated)' : name;

function duration(seconds) {
  if (!isKnown(seconds)) return '–';
  const whole = Math.round(seconds);
  if (whole < 60) return whole + ' s';
  if (whole < 3600) return Math.floor(whole / 60) + ' min ' + whole % 60 + ' s';
  if (whole < 86400) return Math.floor(whole / 3600) + ' h ' + Math.floor(whole % 3600 / 60) + ' min';
  return Math.floor(whole / 86400) + ' d ' + Math.floor(whole % 86400 / 3600) + ' h';
}

function facts(pairs, kind) {
  return element('dl', { class: kind }, pairs.filter(Boolean).map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value))));
}

function bar(name, part) {
  return element('div', { class: 'bar' },
    element('span', {}, name), element('span', { class: 'number' }, percent(part)),
    element('progress', { max: 1, value: part || 0, 'aria-label': name + ' ' + percent(part) }));
}

// A button that asks for an action. What it does stands in its attributes, so that an element that stays on the page
// while its run or card changes does what it says. Two that take turns share a key, and so the focus.
function button(words, label, path, body, question, key) {
  return element('button', { type: 'button', 'aria-label': label, 'data-key': 'do ' + (key || path + ' ' + words),
    'data-path': path, 'data-body': JSON.stringify(body || {}), 'data-ask': question }, words);
}

function buttons(...made) {
  const shown = made.filter(one => one !== null);
  return status.actions !== 'none' && shown.length ? element('div', { class: 'buttons' }, shown) : null;
}

// Changing the page as little as needed, so that neither focus nor a screen reader loses its place

const keyOf = node => node.nodeType === 1 ? node.getAttribute('data-key') : null;

function patch(from, to) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && name !== 'open') from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  const keyed = new Map();
  const wanted = new Set([...to.children].map(keyOf));
  for (const child of [...from.children]) {
    const key = keyOf(child);
    if (key === null) continue;
    if (wanted.has(key)) keyed.set(key, child); else child.remove();
  }
  let place = from.firstChild;
  for (const child of [...to.childNodes]) {
    const key = keyOf(child);
    const found = key !== null ? keyed.get(key) : place && keyOf(place) === null ? place : undefined;
    if (!found || found.nodeName !== child.nodeName) {
      from.insertBefore(child, place);
      continue;
    }
    if (found === place) place = place.nextSibling; else from.insertBefore(found, place);
    if (child.nodeType === 1) patch(found, child);
    else if (found.data !== child.data) found.data = child.data;
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

// Asking the server

// A header of its own: Authorization is the server's in front of this one, where there is one.
const tokenHeader = () => token ? { 'Headcount-Token': token } : {};

async function get(path) {
  const answer = await fetch(path, { headers: tokenHeader(), signal: AbortSignal.timeout(patience) });
  if (!answer.ok) throw Object.assign(new Error((await answer.text()).trim()), { status: answer.status });
  return answer.json();
}

// What there is of something that may not be there, such as a run of a number that none can have.
const find = path => get(path).catch(error => {
  if (error.status === 404) return [];
  throw error;
});

// What is said twice is to be spoken twice, so that the text must change.
function say(words) {
  said.textContent = said.textContent === words ? words + '\u00a0' : words;
}

function tell(words, isBad) {
  if (state.textContent !== words) state.textContent = words;
  state.classList.toggle('bad', isBad);
}

async function act(asked) {
  if (status.actions === 'locked') {
    say('Actions need the token: it goes into the field below.');
    document.getElementById('token').focus();
    return;
  }
  const { path, body, ask } = asked.dataset;
  if (ask && !confirm(ask)) return;
  const answer = await fetch(path, { method: 'POST', body,
    headers: { 'Content-Type': 'application/json', ...tokenHeader() } });
  say(answer.ok ? asked.getAttribute('aria-label') + ': done' : (await answer.text()).trim());
  await refresh();
}

async function askStatus() {
  status = await get('/api/status');
  document.getElementById('token-form').hidden = status.actions === 'none';
  document.getElementById('about').textContent = 'Headcount ' + status.version
    + (status.actions === 'none' ? '. This page is read-only.' : status.actions === 'open' ? '. Actions are allowed.'
      : '. Actions need the token.');
}

// Pictures are drawn by the server, one after the other; asked for one after the other, they leave connections free.

const drawn = new Set();
const undrawable = new Map();
const queue = [];
let drawing = null;

function drawNext() {
  if (drawing !== null || !queue.length) return;
  const path = queue.shift();
  drawing = path;
  const loader = new Image();
  const end = isWell => {
    if (isWell) {
      drawn.add(path);
      undrawable.delete(path);
    } else undrawable.set(path, Date.now());
    drawing = null;
    if (isWell) for (const shown of document.querySelectorAll('img[data-path]')) {
      if (shown.dataset.path === path) shown.src = path;
    }
    drawNext();
  };
  loader.onload = () => end(true);
  loader.onerror = () => end(false);
  loader.src = path;
}

function picture(path, width, height, words) {
  const isTried = drawn.has(path) || drawing === path || queue.includes(path) || Date.now() - (undrawable.get(path) || 0) < 30000;
  if (!isTried) {
    queue.push(path);
    drawNext();
  }
  return element('img', { 'data-path': path, src: drawn.has(path) ? path : null, width, height, alt: words });
}

// The parts of the page

function runCard(run, heading = 'h3') {
  const done = run.counted + run.failed;
  const name = 'run ' + run.run_id + ' of ' + run.set_name;
  const path = '/api/runs/' + run.run_id + '/';
  const isLive = ['waiting', 'counting', 'paused'].includes(run.state);
  return element('section', { class: 'card', 'data-key': 'run ' + run.run_id, 'aria-label': name },
    element(heading, {}, element('a', { href: '#/run/' + run.run_id }, run.set_name + ', run ' + run.run_id)),
    element('p', { class: 'faint' },
      element('span', { class: 'badge ' + run.state }, run.state), ' ' + simulated(run.model, run.simulated) + ', ' + run.plan),
    element('progress', { max: Math.max(1, run.images), value: done,
      'aria-label': number(done) + ' of ' + number(run.images) + ' images' }),
    facts([['Images', number(run.images)], ['Counted', number(run.counted)], ['Failed', number(run.failed)],
      ['Images/s', fixed(run.images_per_second)],
      ['Time left', run.state === 'counting' ? duration(run.eta_seconds) : '–']]),
    buttons(
      isLive && run.state !== 'paused' ? button('Pause', 'Pause ' + name, path + 'pause', {}, null, 'go on') : null,
      run.state === 'paused' ? button('Resume', 'Resume ' + name, path + 'resume', {}, null, 'go on') : null,
      isLive ? button('Cancel', 'Cancel ' + name, path + 'cancel', {}, 'Cancel ' + name + '? What is left of it is dropped.')
        : null,
      run.failed && run.state !== 'cancelled' ? button('Retry failures', 'Retry failures of ' + name, path + 'retry') : null));
}

function deviceCard(card) {
  const path = '/api/cards/' + encodeURIComponent(card.host) + '/' + encodeURIComponent(card.name) + '/';
  const wanted = card.desired_workers;
  const load = isKnown(card.load_percent) ? card.load_percent / 100 : card.busy;
  return element('li', { class: 'card', 'data-key': 'card ' + card.card },
    element('h3', {}, card.card),
    element('p', { class: 'faint' }, element('span', { class: 'badge ' + card.state }, card.state),
      ' ' + simulated(card.engine, card.simulated && card.engine !== 'simulated')
        + (card.labels.length ? ', ' + card.labels.join(', ') : '')),
    card.reason ? element('p', { class: 'bad' }, card.reason) : null,
    bar('Load', load), bar('Lane fill', card.lane_fill),
    facts([['Images/s', fixed(card.images_per_second)],
      ['Chip', isKnown(card.chip_celsius) ? card.chip_celsius + ' °C' : '–'],
      isKnown(card.watts) ? ['Power', fixed(card.watts) + ' W'] : null,
      isKnown(card.memory_used) && card.memory_bytes
        ? ['Memory', percent(card.memory_used / card.memory_bytes)] : null,
      ['Workers', card.workers + ' of ' + wanted
        + (isKnown(card.fewest_workers) ? ' (auto ' + card.fewest_workers + '–' + card.most_workers + ')' : '')]]),
    buttons(
      wanted > 0 ? button('−', 'One worker fewer on ' + card.card, path + 'scale', { workers: wanted - 1 }) : null,
      wanted < 64 ? button('+', 'One worker more on ' + card.card, path + 'scale', { workers: wanted + 1 }) : null,
      card.state === 'quarantined' ? button('Release', 'Release ' + card.card, path + 'release', {}, null, 'keep out')
        : button('Quarantine', 'Quarantine ' + card.card, path + 'quarantine', { reason: 'by the page' },
          'Keep ' + card.card + ' out of work? Its work goes to the others.', 'keep out')));
}

function workerItem(worker) {
  return element('li', { 'data-key': 'worker ' + worker.host + ' ' + worker.process },
    element('strong', {}, worker.host + ', ' + simulated(worker.card, worker.simulated)),
    element('span', { class: 'faint' }, ' ' + worker.engine + ' ' + worker.engine_version + ', process ' + worker.process
      + ', heard of ' + duration(Math.max(0, worker.silent_seconds)) + ' ago'));
}

async function overview() {
  const [runs, cards, workers] = await Promise.all([get('/api/runs'), get('/api/cards'), get('/api/workers')]);
  const isOver = run => ['done', 'cancelled'].includes(run.state);
  const live = runs.filter(run => !isOver(run));
  const sum = (list, value) => list.reduce((total, one) => total + (value(one) || 0), 0);
  const parts = [element('h1', { tabindex: '-1' }, 'Image sets'),
    facts([['Images a second', fixed(sum(live.filter(run => run.state === 'counting'), run => run.images_per_second))],
      ['Images left', number(sum(live, run => run.pending))],
      ['Cards at work', cards.filter(card => card.state === 'counting').length + ' of ' + cards.length],
      ['Workers', number(workers.length)]]),
    element('h2', {}, 'Runs')];
  parts.push(live.length ? element('div', { class: 'grid wide' }, live.map(run => runCard(run)))
    : element('p', {}, runs.length ? 'Nothing is left to count.' : 'Nothing is enqueued yet.'));
  parts.push(element('h2', {}, 'Cards'));
  parts.push(cards.length ? element('ul', { class: 'grid', 'aria-label': 'Cards' }, cards.map(deviceCard))
    : element('p', {}, 'No coordinator looks after cards.'));
  parts.push(element('details', {}, element('summary', {}, 'Workers (' + workers.length + ')'),
    element('ul', { class: 'plain' }, workers.map(workerItem))));
  const over = runs.filter(isOver);
  if (over.length) {
    parts.push(element('h2', {}, 'Earlier runs'), element('div', { class: 'grid wide' }, over.map(run => runCard(run))));
  }
  return { title: 'Headcount', parts };
}

// What went wrong with an image, without its URL, which stands beside it.
function detailOf(example) {
  const before = example.url + ': ';
  return example.detail.startsWith(before) ? example.detail.slice(before.length) : example.detail;
}

function failureCard(failure, run) {
  return element('section', { class: 'card', 'data-key': 'failure ' + failure.class, 'aria-label': failure.class },
    element('h3', {}, failure.class + ': ' + number(failure.images) + (failure.images === 1 ? ' image' : ' images')),
    element('p', { class: 'faint' }, failure.meaning),
    element('ul', { class: 'plain', 'aria-label': 'Examples' }, (failure.examples || []).map(example =>
      element('li', {}, element('span', { class: 'url' }, example.url),
        element('span', { class: 'faint' }, ' ' + detailOf(example) + ' (' + example.attempts
          + (example.attempts === 1 ? ' attempt' : ' attempts') + ')')))),
    buttons(run.state === 'cancelled' ? null : button('Retry', 'Retry ' + failure.class + ' of run ' + run.run_id,
      '/api/runs/' + run.run_id + '/retry', { class: failure.class })));
}

function crowdedItem(image, run) {
  const words = fixed(image.count) + ' people';
  const size = Math.max(image.width, image.height) / 320;
  const path = '/picture/' + run + '/' + image.image + '?size=320';
  return element('li', { 'data-key': 'image ' + image.image },
    element('a', { href: '#/picture/' + run + '/' + image.image },
      status.pictures ? picture(path, Math.round(image.width / size), Math.round(image.height / size), '') : null,
      element('strong', {}, words),
      status.pictures && undrawable.has(path) ? element('span', { class: 'bad' }, 'It cannot be drawn.') : null,
      element('span', { class: 'url' }, image.url)));
}

async function runPage(id) {
  const path = '/api/runs/' + id;
  const [runs, failures, crowded] = await Promise.all([find(path), find(path + '/failures'), find(path + '/crowded')]);
  if (!runs.length) return { title: 'No such run', parts: [element('h1', { tabindex: '-1' }, 'There is no run ' + id)] };
  const run = runs[0];
  return { title: run.set_name + ', run ' + id, parts: [
    element('p', {}, element('a', { href: '#/' }, 'All sets')),
    element('h1', { tabindex: '-1' }, run.set_name), runCard(run, 'h2'),
    facts([['Made', time(run.created_at)], ['Last result', time(run.last_at)], ['Priority', run.priority],
      ['Model', run.model], ['Tile plan', run.plan]]),
    element('h2', {}, 'Most crowded pictures'),
    crowded.length ? element('ol', { class: 'gallery' }, crowded.map(image => crowdedItem(image, id)))
      : element('p', {}, 'Nothing is counted yet.'),
    element('h2', {}, 'Failures'),
    failures.length ? element('div', { class: 'grid wide' }, failures.map(failure => failureCard(failure, run)))
      : element('p', {}, 'None.')] };
}

// What is known of a picture does not change: it is asked for once. Why it cannot be drawn may.
const views = new Map();

async function view(run, image) {
  const path = '/api/runs/' + run + '/images/' + image + '/view';
  if (!views.has(path)) {
    views.set(path, null);
    get(path).then(found => views.set(path, found), error => {
      views.set(path, { error: error.message });
      setTimeout(() => views.delete(path), 30000);
    }).then(refresh);
  }
  return views.get(path);
}

function legend(found) {
  const words = 'people on 100 × 100 pixels';
  const value = part => (found.highest * part).toLocaleString('en', { maximumSignificantDigits: 3 });
  return element('div', { class: 'legend', role: 'img',
    'aria-label': 'Colours from 0 to ' + value(1) + ' ' + words },
    element('div', { class: 'colours' }),
    element('div', { class: 'ticks' }, element('span', {}, '0'), element('span', {}, value(0.5)), element('span', {}, value(1))),
    element('p', { class: 'faint' }, words));
}

function figure(row, found) {
  if (!found) return element('p', { class: 'faint' }, 'The picture is being drawn.');
  if (found.error) return element('p', { class: 'bad' }, 'It cannot be drawn: ' + found.error);
  const source = found.density === 'kept' ? 'Density as it was kept with the count.'
    : 'Density computed for this view: ' + fixed(found.people) + ' people.';
  const path = '/picture/' + row.run_id + '/' + row.image;
  return element('figure', {},
    picture(path, row.width, row.height, 'The density of people drawn over the picture, ' + fixed(row.count) + ' in all'),
    legend(found),
    element('figcaption', {}, source, found.problem ? element('span', { class: 'bad' }, ' But ' + found.problem + '.') : null));
}

async function picturePage(run, image) {
  const rows = await find('/api/runs/' + run + '/images/' + image);
  const back = element('p', {}, element('a', { href: '#/run/' + run }, 'Back to the run'));
  if (!rows.length) {
    return { title: 'No count', parts: [back, element('h1', { tabindex: '-1' }, 'This picture has no count')] };
  }
  const row = rows[0];
  const isLink = /^https?:\/\//i.test(row.url);
  return { title: fixed(row.count) + ' people', parts: [back,
    element('h1', { tabindex: '-1' }, fixed(row.count) + ' people'),
    status.pictures ? figure(row, await view(run, image)) : null,
    element('h2', {}, 'Where the count came from'),
    facts([
      ['Picture', isLink ? element('a', { href: row.url, rel: 'noreferrer noopener' }, row.url) : row.url],
      ['Set and run', row.set_name + ', run ' + row.run_id], ['Key', row.key || '–'],
      ['Size', row.width + ' × ' + row.height + ' pixels, ' + number(row.picture_bytes) + ' bytes'],
      ['Taken', time(row.taken_at)],
      isKnown(row.source_run) ? ['Taken over from the same picture', element('a',
        { href: '#/picture/' + row.source_run + '/' + row.source_image },
        'run ' + row.source_run + ', image ' + row.source_image)] : null,
      ['Model', row.model],
      ['Tile plan', row.plan + ', ' + row.tiles + (row.tiles === 1 ? ' tile' : ' tiles')],
      ['Preprocessing', 'version ' + row.preprocessing],
      ['Engine', row.engine + ' ' + row.engine_version], ['Card', simulated(row.card, row.simulated)],
      ['Host and worker', row.host + ', ' + row.worker_id], ['Headcount', row.version], ['Counted', time(row.counted_at)],
      ['Milliseconds', 'fetch ' + number(row.fetch_ms) + ', decode ' + number(row.decode_ms) + ', infer ' + number(row.infer_ms)],
      ['SHA-256 of the picture', row.picture_digest], ['SHA-256 of the model', row.model_digest]], 'wide')] };
}

// Showing it, again and again

let shown = null;
let refreshes = 0;
let askedAt = null;

// Where the focus goes when what had it is gone: to the first thing of the same card, else to the heading.
function refocus(before, card) {
  if (before === document.body || document.activeElement !== document.body) return;
  const own = before.isConnected ? before
    : card && content.querySelector('[data-key="' + CSS.escape(card) + '"] :is(button, a)');
  (own || content.querySelector('h1')).focus();
}

async function refresh() {
  const mine = ++refreshes;
  const hash = location.hash;
  const place = hash.replace(/^#\//, '').split('/');
  const isNumber = text => /^[0-9]+$/.test(text || '');
  if (askedAt === null) askedAt = Date.now();
  try {
    await askStatus();
    const { title, parts } = place[0] === 'run' && isNumber(place[1]) ? await runPage(place[1])
      : place[0] === 'picture' && isNumber(place[1]) && isNumber(place[2]) ? await picturePage(place[1], place[2])
      : await overview();
    // Another refresh began meanwhile, perhaps of another place.
    if (mine !== refreshes) return;
    const fresh = element('main', { id: 'content', tabindex: '-1' }, parts);
    if (shown === hash) {
      const before = document.activeElement || document.body;
      const card = before.closest('.card');
      patch(content, fresh);
      refocus(before, card && card.getAttribute('data-key'));
    } else {
      content.replaceChildren(...fresh.childNodes);
      if (shown !== null) content.querySelector('h1').focus();
      shown = hash;
    }
    if (document.title !== title) document.title = title;
    tell('Live', false);
    document.body.dataset.refreshes = mine;
  } catch (error) {
    if (mine === refreshes) tell('No answer: ' + error.message, true);
  } finally {
    if (mine === refreshes) askedAt = null;
  }
}

content.addEventListener('click', event => {
  const asked = event.target.closest('button[data-path]');
  if (asked) act(asked).catch(error => say('Not done: ' + error.message));
});
document.getElementById('skip').addEventListener('click', event => {
  event.preventDefault();
  content.focus();
});
document.getElementById('token-form').addEventListener('submit', async event => {
  event.preventDefault();
  const given = document.getElementById('token').value.trim();
  // What no header can hold is no token, and must not go into one.
  token = /^[\x21-\x7e]+$/.test(given) ? given : '';
  try {
    await askStatus();
    say(status.actions === 'open' ? 'The token is right: actions are allowed now.' : 'That is not the token.');
  } catch (error) {
    say('No answer: ' + error.message);
  }
});
window.addEventListener('hashchange', () => {
  queue.length = 0;
  refresh();
});
setInterval(() => {
  if (askedAt !== null && Date.now() - askedAt > silence) tell('No answer for more than ' + silence / 1000 + ' s', true);
}, 1000);
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
(async function watch() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise(wake => setTimeout(wake, period));
  }
})();
