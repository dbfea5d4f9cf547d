// A session as somebody at a terminal has it: keys in, screen out, in tmux.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type House, hasProgram, makeHouse } from '../cli/program.ts';
import { type Opening, openScreen, type Screen } from './screen.ts';

const ME = os.userInfo().username;
const open: Screen[] = [];

afterEach(() => {
  for (const screen of open.splice(0)) screen.close();
});

function house(): House {
  const made = makeHouse();
  made.write('policies/policy.csv', `${made.read('policies/policy.csv')}g, user:${ME}, role:operator, *\n`);
  return made;
}

async function session(at: House = house(), more: Partial<Opening> = {}): Promise<Screen> {
  const screen = openScreen({ folder: at.folder, words: ['repl'], ...more });
  open.push(screen);
  await screen.see(/(?:networks>|\[y\/N\])$/);
  return screen;
}

/** Types a line and waits for what it brings. */
async function line(screen: Screen, text: string, wanted: string | RegExp): Promise<string> {
  screen.type(text);
  screen.press('Enter');
  return screen.see(wanted);
}

const CLEAN = new RegExp(`${ME}@default networks>$`);
const STP = `${ME}@default networks +0 ~1 -0>`;

describe.skipIf(!hasProgram('tmux'))('at a terminal (needs tmux)', () => {
  test('a statement is answered with its changes and verdicts, and the prompt counts them', async () => {
    const screen = await session();
    const shown = await line(screen, 'set bridge stp=off', STP);
    expect(shown).toContain('  ~ bridge  stp: on (default) → off\n    ✓ allowed by policies/policy.csv:6');
  });

  test('a denial names the rule and the way out, and nothing is written', async () => {
    const at = house();
    const before = at.read('networks/default.xml');
    const screen = await session(at);
    await line(screen, 'set domain name=example.org', '!1>');
    const shown = await line(screen, 'commit', 'staged as before');
    expect(shown).toContain('denied by policies/policy.csv:7');
    expect(shown).toContain('ask somebody with role:netadmin');
    expect(at.read('networks/default.xml')).toBe(before);
  });

  test('commit shows the whole plan, asks, and writes', async () => {
    const at = house();
    const screen = await session(at);
    await line(screen, 'set bridge stp=off', STP);
    const shown = await line(screen, 'commit comment "ticket 7"', 'Apply this? [y/N]');
    expect(shown).toContain('because ticket 7');
    expect(at.read('networks/default.xml')).not.toContain('stp');
    await line(screen, 'y', CLEAN);
    expect(at.read('networks/default.xml')).toContain("stp='off'");
  });

  test('a no keeps what is staged', async () => {
    const screen = await session();
    await line(screen, 'set bridge stp=off', STP);
    await line(screen, 'commit', 'Apply this? [y/N]');
    await line(screen, 'n', 'what is staged stays');
    await line(screen, 'staged', '1  set bridge stp=off');
  });

  test('Tab completes keys that are there, and ? says what can come', async () => {
    const screen = await session();
    screen.type('remove ip[10.0.0.1].dhcp.host[52:54:00:00:00:0');
    screen.press('Tab');
    const listed = await screen.see('52:54:00:00:00:0b]');
    expect(listed).toContain('name=v1.b.example.com');
    screen.type('b');
    screen.press('Tab');
    await screen.see(/0b\]\s*$/m);
    screen.press('C-c');
    screen.type('set bridge ');
    screen.type('?');
    expect(await screen.see(/stp=/)).toMatch(/delay=/);
    screen.press('C-c');
    screen.type('show as ?');
    await screen.see(/script +as statements/);
  });

  test('? belongs to the text behind a variable', async () => {
    const screen = await session();
    screen.type('set bridge zone=$z?');
    await screen.see('zone=$z?');
  });

  test('a block goes on until its bracket is closed, and is one entry of the history', async () => {
    const screen = await session();
    screen.type('on network default {');
    screen.press('Enter');
    await screen.see(/^\.\.\.$/m);
    screen.type('  set bridge stp=off');
    screen.press('Enter');
    await line(screen, '}', STP);
    await line(screen, 'undo', CLEAN);
    screen.press('Up', 'Up');
    await screen.see(/on network default \{\n {2}set bridge stp=off\n\}$/);
    screen.press('Enter');
    await screen.see(STP);
  });

  test('the history is searched, has no repetitions, and is for nobody else', async () => {
    const at = house();
    const screen = await session(at);
    await line(screen, 'set bridge stp=off', STP);
    await line(screen, 'staged', '1  set');
    await line(screen, 'staged', /staged[\s\S]*staged/);
    await line(screen, 'undo', CLEAN);
    screen.press('C-r');
    screen.type('stp');
    await screen.see('(search `stp`) set bridge stp=off');
    screen.press('Enter');
    await screen.see(STP);
    const file = path.join(at.folder, 'state/sluice/repl/history');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    screen.close();
    open.length = 0;
    const next = await session(at);
    await line(next, 'n', /Forget/);
    await line(next, 'y', CLEAN);
    next.press('Up', 'Up');
    await next.see('undo');
    const kept = readFileSync(file, 'utf8').trim().split('\n');
    expect(kept.filter((entry) => entry === '"staged"')).toHaveLength(1);
  });

  test('Ctrl-C drops the line and the block, and nothing else', async () => {
    const screen = await session();
    await line(screen, 'set bridge stp=off', STP);
    screen.type('on network default {');
    screen.press('Enter');
    screen.type('  set bridge delay=3');
    screen.press('C-c');
    await screen.see('^C');
    await line(screen, 'staged', /1 {2}set bridge stp=off/);
    expect(screen.look()).not.toContain('2  ');
  });

  test('Ctrl-D asks where work is staged', async () => {
    const screen = await session();
    await line(screen, 'set bridge stp=off', STP);
    screen.press('C-d');
    await screen.see('1 statement staged and not committed. Leave, and forget it? [y/N]');
    await line(screen, 'n', STP);
    screen.press('C-d');
    await screen.see(/Leave[\s\S]*Leave/);
    await line(screen, 'y', 'ended: 0');
  });

  test('a pasted script is one unit, and answers no question', async () => {
    const at = house();
    const screen = await session(at);
    screen.paste('set bridge stp=off\nset bridge delay=2\n');
    await screen.see('+0 ~2 -0 !1>');
    await line(screen, 'undo', CLEAN);
    screen.paste('set bridge stp=off\ncommit\ny\n');
    await screen.see('Apply this? [y/N]');
    await line(screen, 'n', 'what is staged stays');
    expect(at.read('networks/default.xml')).not.toContain('stp');
  });

  test('narrow and wide, and when it is resized', async () => {
    const screen = await session(house(), { columns: 80 });
    await line(screen, 'set bridge stp=off', STP);
    screen.type('set bridge delay=');
    screen.resize(40, 30);
    screen.type('3');
    screen.press('Enter');
    await screen.see('~2');
    screen.resize(200, 30);
    await line(screen, 'staged', '2  set bridge delay=3');
  });

  test('what others do meanwhile is moved under, where nothing overlaps', async () => {
    const at = house();
    const screen = await session(at);
    await line(screen, 'set bridge stp=off', STP);
    at.write('networks/default.xml', at.read('networks/default.xml').replace('v1.b', 'v2.b'));
    const shown = await line(screen, 'commit', 'Apply this? [y/N]');
    expect(shown).toContain('None touches what you staged: it moved onto the new state.');
    await line(screen, 'y', CLEAN);
    expect(at.read('networks/default.xml')).toMatch(/stp='off'[\s\S]*v2\.b/);
  });

  test('what others do to the same place is shown with all three sides (SL507)', async () => {
    const at = house();
    const screen = await session(at);
    await line(screen, 'set bridge stp=off', STP);
    const theirs = at.read('networks/default.xml').replace("'virbr0'", "'virbr0' stp='on' delay='4'");
    at.write('networks/default.xml', theirs.replace("stp='on' ", ''));
    await line(screen, 'set bridge delay=2', '~2');
    const shown = await line(screen, 'commit', 'SL507');
    expect(shown).toMatch(/bridge@delay\n {4}base +\S.*\n {4}theirs +4\n {4}yours +2\n/);
    expect(at.read('networks/default.xml')).toContain("delay='4'");
    await line(screen, 'drop 2', /~1 -0> $|~1 -0>$/);
    const plan = await line(screen, 'commit', 'Apply this? [y/N]');
    expect(plan).toContain('None touches what you staged');
  });

  test('a policy that is edited is in force at once, and its verdicts are found again', async () => {
    const at = house();
    const screen = await session(at);
    await line(screen, 'set bridge stp=off', STP);
    at.write('policies/policy.csv', at.read('policies/policy.csv').replace('bridge@stp', 'bridge@zone'));
    const shown = await screen.see('was edited and is in force');
    expect(shown).toContain('of the 1 staged change, 1 is denied now (0 before)');
    await screen.see('!1>');
  });

  test('what was staged when a session is killed is offered back', async () => {
    const at = house();
    const screen = await session(at);
    await line(screen, 'set bridge stp=off', STP);
    const work = path.join(at.folder, 'state/sluice/repl/work');
    const [file = ''] = readdirSync(work);
    expect(statSync(path.join(work, file)).mode & 0o777).toBe(0o600);
    process.kill(screen.pid(), 'SIGKILL');
    await screen.see('ended: 137');
    const next = await session(at);
    expect(next.look()).toContain('1 statement staged and not committed:\n  set bridge stp=off');
    await line(next, 'y', STP);
    next.press('C-d');
    await next.see('Leave');
    await line(next, 'y', 'ended: 0');
    expect(readdirSync(work)).toEqual([]);
  });

  test('the staged script goes through an editor', async () => {
    const at = house();
    const screen = await session(at, { env: { EDITOR: "sed -i 's/off/on/; $ a set bridge delay=5'" } });
    await line(screen, 'set bridge stp=off', STP);
    await line(screen, 'edit', '!1>');
    const shown = await line(screen, 'diff as script', 'delay=5');
    expect(shown).not.toMatch(/diff as script\n[\s\S]*stp=off/);
    await line(screen, 'diff', '# statement 1:2');
  });

  test('a script that was edited wrongly can be edited again', async () => {
    const at = house();
    at.write(
      'editor',
      '#!/bin/sh\nif grep -q sp= "$1"; then sed -i s/sp=/zone=/ "$1"; else echo set bridge sp=x >> "$1"; fi\n',
    );
    const screen = await session(at, { env: { EDITOR: 'sh ./editor' } });
    await line(screen, 'set bridge stp=off', STP);
    await line(screen, 'edit', 'Edit it again? [y/N]');
    const shown = await line(screen, 'y', '+0 ~2 -0');
    expect(shown).toMatch(/SL402[\s\S]*what was staged stays as it was[\s\S]*zone/);
    await line(screen, 'staged', /1 {2}set bridge stp=off {2}\(and 1 line more\)/);
  });

  test('a dumb terminal has all of it in plain lines', async () => {
    const screen = await session(house(), { env: { TERM: 'dumb' } });
    await line(screen, 'set bridge stp=off', STP);
    screen.type('staged');
    screen.press('Enter');
    await screen.see('1  set bridge stp=off');
    expect(screen.look()).not.toContain('\u001b');
    screen.type('undoo');
    screen.press('BSpace', 'Enter');
    await screen.see('undone: set bridge stp=off');
    screen.type('nonsense');
    screen.press('C-u');
    await line(screen, 'set bridge ?', 'spanning tree');
  });

  test('a session that was stopped takes the terminal over again', async () => {
    const screen = await session();
    screen.type('set bridge ');
    await screen.see('set bridge   # NAME=VALUE');
    const pid = screen.pid();
    const { stdout: terminal } = spawnSync('ps', ['-o', 'tty=', '-p', String(pid)], { encoding: 'utf8' });
    const stty = (...words: readonly string[]): string =>
      spawnSync('stty', ['-F', `/dev/${terminal.trim()}`, ...words], { encoding: 'utf8' }).stdout;
    process.kill(pid, 'SIGSTOP');
    stty('sane'); // as a shell does that has job control
    expect(stty('-a')).toContain(' icanon');
    process.kill(pid, 'SIGCONT');
    await vi.waitFor(() => expect(stty('-a')).toContain('-icanon'), { timeout: 20_000 });
    screen.type('st');
    screen.press('Tab');
    screen.type('off');
    screen.press('Enter');
    await screen.see(STP);
  });

  test('Ctrl-D at a question is a no', async () => {
    const screen = await session();
    await line(screen, 'set bridge stp=off', STP);
    await line(screen, 'commit', 'Apply this? [y/N]');
    screen.press('C-d');
    await screen.see('what is staged stays');
    await line(screen, 'undo', CLEAN); // and the session goes on
  });
});
