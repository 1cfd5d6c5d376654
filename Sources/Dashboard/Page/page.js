// Draws what the JSON interface tells. Whatever comes from the database becomes text nodes and attributes, never markup.
'use strict';

const content = document.getElementById('content');
const state = document.getElementById('state');
const period = 2000;
let drawn = '';
let token = '';

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === 'onclick') made.addEventListener('click', value);
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  for (const child of children) made.append(child instanceof Node ? child : String(child));
  return made;
}

const number = value => value === null || value === undefined ? '–' : Math.round(value).toLocaleString('en');
const fixed = value => value === null || value === undefined ? '–' : value.toFixed(1);

function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 60) return Math.round(seconds) + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min ' + Math.round(seconds % 60) + ' s';
  if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
  return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
}

async function get(path) {
  const answer = await fetch(path, { headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}

async function act(run, action) {
  const answer = await fetch('/api/runs/' + run + '/' + action, {
    method: 'POST', headers: token ? { Authorization: 'Bearer ' + token } : {},
  });
  state.textContent = answer.ok ? 'Run ' + run + ': ' + action + ' is done' : (await answer.text()).trim();
  if (answer.ok) { drawn = ''; await refresh(); }
}

function facts(pairs) {
  return element('dl', {}, ...pairs.map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value))));
}

function table(caption, heads, rows) {
  const cells = (name, row) => row.map((cell, place) =>
    element(name, { class: heads[place][1], scope: name === 'th' ? 'col' : null }, cell));
  return element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    element('table', {},
      element('thead', {}, element('tr', {}, ...cells('th', heads.map(head => head[0])))),
      element('tbody', {}, ...rows.map(row => element('tr', {}, ...cells('td', row))))));
}

function runCard(run) {
  const done = run.counted + run.failed;
  const card = element('section', { class: 'run', 'aria-label': 'run ' + run.run_id + ' of ' + run.set_name },
    element('h3', {}, element('a', { href: '#/run/' + run.run_id }, run.set_name + ', run ' + run.run_id)),
    element('p', { class: 'faint' }, run.state + ', ' + run.model + ', ' + run.plan + (run.simulated ? ', simulated' : '')),
    element('progress', { max: Math.max(1, run.images), value: done, 'aria-label': number(done) + ' of ' + number(run.images) }),
    facts([['Images', number(run.images)], ['Counted', number(run.counted)], ['Failed', number(run.failed)],
      ['Images a second', fixed(run.images_per_second)], ['Time left', duration(run.eta_seconds)]]));
  const actions = { waiting: ['pause', 'cancel'], counting: ['pause', 'cancel'], paused: ['resume', 'cancel'] }[run.state] || [];
  for (const action of actions) {
    card.append(element('button', { type: 'button', id: action + '-' + run.run_id,
      'aria-label': action + ' run ' + run.run_id,
      onclick: () => {
        if (action !== 'cancel' || confirm('Cancel run ' + run.run_id + ' of ' + run.set_name + '?')) act(run.run_id, action);
      } }, action[0].toUpperCase() + action.slice(1)));
  }
  return card;
}

async function overview() {
  const [runs, workers] = await Promise.all([get('/api/runs'), get('/api/workers')]);
  const parts = [element('h1', { tabindex: '-1' }, 'Image sets')];
  if (!runs.length) parts.push(element('p', {}, 'Nothing is enqueued yet.'));
  parts.push(...runs.map(runCard), element('h2', {}, 'Workers'));
  parts.push(workers.length
    ? table('Workers', [['Host'], ['Card'], ['Engine'], ['Version'], ['Last heard of', 'number']],
      workers.map(worker => [worker.host, worker.card + (worker.simulated ? ' (simulated)' : ''), worker.engine,
        worker.version, duration(worker.silent_seconds) + ' ago']))
    : element('p', {}, 'No worker is running.'));
  return parts;
}

async function runPage(id) {
  const [runs, failures, crowded] = await Promise.all([
    get('/api/runs/' + id), get('/api/runs/' + id + '/failures'), get('/api/runs/' + id + '/crowded')]);
  if (!runs.length) return [element('h1', { tabindex: '-1' }, 'There is no run ' + id)];
  const parts = [element('h1', { tabindex: '-1' }, runs[0].set_name), runCard(runs[0]),
    element('h2', {}, 'Most crowded pictures')];
  parts.push(crowded.length
    ? table('Most crowded pictures', [['People', 'number'], ['Picture']], crowded.map(image => [
      fixed(image.count), element('a', { href: '#/picture/' + id + '/' + image.image }, image.url)]))
    : element('p', {}, 'Nothing is counted yet.'));
  parts.push(element('h2', {}, 'Failures'));
  parts.push(failures.length
    ? table('Failures', [['Images', 'number'], ['Class'], ['Meaning'], ['For example']],
      failures.map(failure => [number(failure.images), failure.class, failure.meaning, failure.example]))
    : element('p', {}, 'None.'));
  return parts;
}

async function picturePage(run, image) {
  const found = await get('/api/runs/' + run + '/images/' + image);
  if (!found.length) return [element('h1', { tabindex: '-1' }, 'This picture has no count')];
  const row = found[0];
  const parts = [element('p', {}, element('a', { href: '#/run/' + run }, 'Back to ' + row.set_name)),
    element('h1', { tabindex: '-1' }, fixed(row.count) + ' people')];
  if (row.has_picture) {
    parts.push(element('img', { src: '/picture/' + run + '/' + image, width: row.width, height: row.height,
      alt: 'Where the people are: the density drawn over the picture' }));
  }
  parts.push(facts([['URL', row.url], ['Size', row.width + ' × ' + row.height], ['Taken', row.taken_at || '–'],
    ['Model', row.model], ['Plan', row.plan], ['Tiles', row.tiles], ['Engine', row.engine + ' ' + row.engine_version],
    ['Card', row.card + (row.simulated ? ' (simulated)' : '')], ['Host', row.host], ['Counted', row.counted_at],
    ['SHA-256 of the picture', row.picture_digest], ['SHA-256 of the model', row.model_digest]]));
  return parts;
}

async function refresh() {
  const place = location.hash.replace(/^#\//, '').split('/');
  const moved = drawn !== location.hash;
  try {
    const isNumber = text => /^[0-9]+$/.test(text || '');
    const parts = place[0] === 'run' && isNumber(place[1]) ? await runPage(place[1])
      : place[0] === 'picture' && isNumber(place[1]) && isNumber(place[2]) ? await picturePage(place[1], place[2])
      : await overview();
    // What is the same stays, so that neither focus nor a screen reader loses its place.
    const fresh = element('div', {}, ...parts);
    if (moved || fresh.innerHTML !== (content.firstChild && content.firstChild.innerHTML)) {
      const focused = document.activeElement && document.activeElement.id;
      content.replaceChildren(fresh);
      if (moved && drawn !== '') content.querySelector('h1').focus();
      else if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
    }
    drawn = location.hash || '#/';
    if (location.hash === '') history.replaceState(null, '', '#/');
    state.textContent = 'Live';
  } catch (error) {
    state.textContent = 'No answer: ' + error.message;
  }
}

document.getElementById('token-form').addEventListener('submit', event => {
  event.preventDefault();
  token = document.getElementById('token').value;
  state.textContent = token ? 'The token is used from now on' : 'No token is used';
});
window.addEventListener('hashchange', refresh);
(async function watch() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise(wake => setTimeout(wake, period));
  }
})();
