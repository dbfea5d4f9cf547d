// The session that README.md shows is what a terminal shows. UPDATE=1 writes it anew.

import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hasProgram } from '../cli/program.ts';
import { read, root } from '../house/files.ts';
import { openScreen } from './screen.ts';

const ME = os.userInfo().username;
/** A prompt of the session, or a question in it, and what was typed behind it. */
const TYPED = /^(?:you@default networks.*>|Apply this\? \[y\/N\]) (.+)$/;

test.skipIf(!hasProgram('tmux'))(
  'the session of README.md is what a terminal shows (needs tmux)',
  async () => {
    const readme = read('README.md');
    const shown = /^```session\n(.*?)^```$/ms.exec(readme)?.[1] ?? '';
    const typed = shown.split('\n').flatMap((line) => TYPED.exec(line)?.[1] ?? []);
    expect(typed.length).toBeGreaterThan(5);
    const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'sluice-readme-')));
    mkdirSync(path.join(folder, 'networks'));
    cpSync(path.join(root, 'examples/demo/before.xml'), path.join(folder, 'networks/default.xml'));
    cpSync(path.join(root, 'policies'), path.join(folder, 'policies'), { recursive: true });
    const policy = path.join(folder, 'policies/policy.csv');
    writeFileSync(policy, `${read('policies/policy.csv')}g, user:${ME}, role:operator, *\n`);
    const screen = openScreen({ folder, words: ['repl'], columns: 140 });
    try {
      await screen.see(/networks>$/);
      for (const line of typed) {
        const before = screen.all().split('\n').length;
        screen.type(line);
        screen.press('Enter');
        await screen.see(/(?:networks.*>|\[y\/N\])$/);
        while (screen.all().split('\n').length === before) await screen.see(/(?:networks.*>|\[y\/N\])$/);
        await screen.see(/(?:networks.*>|\[y\/N\])$/);
      }
      const [, ...lines] = screen.all().split(/^(?=\S+@default networks>)/m);
      const text = lines
        .join('')
        .replaceAll(`${folder}/`, '')
        .replaceAll(`${ME}@`, 'you@')
        .replaceAll(`user:${ME}`, 'user:you')
        .replace(/^( {2}by )\S+(, policy \S+ )\([0-9a-f]{12}\)$/gm, '$1you$2(90d76a9f394f)')
        .replace(/\S+@default networks>$/, '');
      if (process.env['UPDATE'] === '1')
        writeFileSync(
          path.join(root, 'README.md'),
          readme.replace(shown, () => text),
        );
      else expect(text).toBe(shown);
    } finally {
      screen.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
