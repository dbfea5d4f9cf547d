// `npm run demo`: the main job on the embedded default, in a directory of its own, shown as a person would type it.

import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sluice = join(root, 'dist', 'sluice.js');
const colour = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
const place = mkdtempSync(join(tmpdir(), 'sluice-demo-'));

try {
  const demo = join(root, 'examples', 'demo');
  mkdirSync(join(place, 'networks'));
  cpSync(join(demo, 'before.xml'), join(place, 'networks', 'default.xml'));
  cpSync(join(demo, 'script.sluice'), join(place, 'script.sluice'));
  cpSync(join(root, 'policies'), join(place, 'policies'), { recursive: true });
  // whoever runs the demo may act as nina in this directory; at home, policy says who may
  appendFileSync(
    join(place, 'policies', 'policy.csv'),
    `p, allow, user:${process.env['SUDO_USER'] ?? userInfo().username}, *, user:nina, impersonate, *, ""\n`,
  );

  say('The script, and who may do what: a network administrator wrote both down.');
  show('cat', ['script.sluice']);
  say('Olga is an operator. What would the script do if she ran it?');
  run(['plan', 'script.sluice', '--as', 'olga'], 3);
  say('Not everything is hers to change, so nothing is written. Nina is a netadmin:');
  run(['plan', 'script.sluice', '--as', 'nina'], 0);
  say('All of it is allowed. Nina applies it, and the file changes where it has to, and nowhere else:');
  run(['apply', 'script.sluice', '--as', 'nina', '--yes'], 0);
  say('Running it again would change nothing that is so already, and say so:');
  run(['do', 'set bridge stp=off', '--as', 'nina', '--yes'], 0);
} finally {
  rmSync(place, { recursive: true, force: true });
}

function say(text: string): void {
  process.stdout.write(`\n${colour ? '\u001b[1m' : ''}# ${text}${colour ? '\u001b[0m' : ''}\n`);
}

function show(command: string, args: readonly string[]): void {
  process.stdout.write(`$ ${[command, ...args].join(' ')}\n`);
  spawnSync(command, args, { cwd: place, stdio: 'inherit' });
}

/** Runs sluice as a person would; the demo stops when it ends otherwise than it should. */
function run(args: readonly string[], expected: number): void {
  process.stdout.write(`$ sluice ${args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg)).join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [sluice, ...args], {
    cwd: place,
    stdio: 'inherit',
    env: { ...process.env, SLUICE_POLICY: 'policies' },
  });
  if (status !== expected) {
    process.stderr.write(`demo: sluice ended with ${status}, not ${expected}\n`);
    process.exitCode = 1;
    throw new Error('the demo did not go as it should');
  }
}
