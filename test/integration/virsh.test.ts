// The commands of `compile --as virsh` in a real virsh: they do what they say, and nothing that was not foreseen.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stepsOf } from '../../src/diff/change.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { pathText } from '../../src/network/path.ts';
import { virshCommands } from '../../src/plan/virsh.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { randomCase } from './random-lists.ts';
import { randomOf } from './random-network.ts';

const CASES = 150;

const whyNot =
  spawnSync('virsh', ['-q', '-c', 'test:///default', 'net-list']).status === 0
    ? null
    : 'virsh is not installed';

test.skipIf(whyNot !== null)(
  `virsh does what the commands say${whyNot === null ? '' : ` (skipped: ${whyNot})`}`,
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-virsh-'));
    try {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const cases = Array.from({ length: CASES }, (_, at) => randomCase(randomOf(seed + at), `n${at}`));
      const asked = cases.map(({ name, before, after }) => {
        const [base, result] = [parsed(before), parsed(after)];
        return { name, before, result, ...virshCommands(name, base, diffDocuments(base, result, 'config')) };
      });
      // its state lives as long as the process: everything in one
      const input = asked.flatMap(({ name, before, commands }) => {
        const file = join(directory, `${name}.xml`);
        writeFileSync(file, before);
        return [
          `net-define ${file}`,
          ...commands.map((command) => command.replace(/^virsh /, '')),
          `net-dumpxml ${name}`,
          `net-undefine ${name}`,
        ];
      });
      const run = spawnSync('virsh', ['-q', '-c', 'test:///default'], {
        input: `${input.join('\n')}\n`,
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      expect(run.stderr, `seed ${seed}`).toBe('');
      const dumps = run.stdout.match(/^<network[\s\S]*?^<\/network>$/gm) ?? [];
      expect(dumps).toHaveLength(CASES);
      let complete = 0;
      let commands = 0;
      asked.forEach((one, at) => {
        const left = diffDocuments(parsed(dumps[at] ?? ''), one.result, 'config');
        const told = one.remainder.map(
          (line) =>
            /^# (?<act>add |remove |change |move |order of )?(?<path>.*?): /.exec(line.replace(/#\d+/g, ''))
              ?.groups ?? {},
        );
        const untold = left.flatMap(({ op, pair, leaf }) => {
          // which of several equal ones is missing is nobody's to say
          const path = pathText(stepsOf(pair), leaf).replace(/#\d+/g, '');
          const isTold = told.some(({ act, path: about = '' }) =>
            act === 'order of '
              ? op === 'move' && path.startsWith(`${about}[`)
              : path === about ||
                /^[@.]/.test(path.startsWith(about) ? path.slice(about.length) : '') ||
                (leaf.type === 'element' && about.startsWith(`${path}.`)),
          );
          return isTold ? [] : [`${op} ${path}`];
        });
        expect(
          untold,
          `seed ${seed} case ${at}\n${one.before}\n${cases[at]?.after}\n${one.commands.join('\n')}\n${one.remainder.join('\n')}`,
        ).toEqual([]);
        if (one.remainder.length === 0) {
          complete++;
          expect(left).toEqual([]);
        }
        commands += one.commands.length;
      });
      // a test of nothing would pass too
      expect(complete).toBeGreaterThan(CASES / 10);
      expect(commands).toBeGreaterThan(CASES);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

function parsed(text: string): XmlDocument {
  const { value } = parseDocument({ name: 'x', text });
  if (value === null) throw new Error(`not well-formed: ${text}`);
  return value;
}
