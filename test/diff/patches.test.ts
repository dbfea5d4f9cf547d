// Every compiled patch, applied by an engine that shares nothing with ours, makes the same document.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareScript } from '../../src/compile/prepare.ts';
import { type RunOutput, runScript } from '../../src/compile/run.ts';
import { error } from '../../src/diagnostics/diagnostic.ts';
import { diffAsScript } from '../../src/diff/as-script.ts';
import { stepsOf } from '../../src/diff/change.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { pathText } from '../../src/network/path.ts';
import { printRfc5261 } from '../../src/patch/rfc5261.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { randomNetwork, randomOf } from '../integration/random-network.ts';
import { applyRfc5261 } from '../xml/rfc5261-engine.ts';
import { randomEdits } from './random-edits.ts';

function document(text: string): XmlDocument {
  const { value, diagnostics } = parseDocument({ name: 'x.xml', text });
  if (value === null) throw new Error(`${diagnostics[0]?.message}\n${text}`);
  return value;
}

function run(script: string, base: XmlDocument): RunOutput | null {
  const load = (path: string) => ({ ok: false as const, error: error('SL448', null, path) });
  const prepared = prepareScript([{ name: 'script', text: script }], { load, vars: new Map() });
  if (prepared.value === null) return null;
  const output = runScript({
    prepared: prepared.value,
    network: 'n',
    available: ['n'],
    isDefault: true,
    scope: 'config',
    targetScopes: ['config'],
    document: base,
    recordPatches: true,
  });
  return output.diagnostics.some(({ severity }) => severity === 'error') ? null : output;
}

/** What the independent engine makes of it that ours does not, in words. */
function differences(base: XmlDocument, output: RunOutput): readonly string[] {
  // xmldom does not print an XML declaration that it read
  const text = base.source.text.replace(/^\ufeff?<\?xml .*?\?>/, '');
  const theirs = document(applyRfc5261(text, printRfc5261(output.patches)));
  return diffDocuments(output.result, theirs, 'config').map(
    (change) =>
      `${change.op} ${pathText(stepsOf(change.pair), change.leaf)} ${change.before?.value} ${change.after?.value}`,
  );
}

describe('the scripts of the compile cases', () => {
  const cases = new URL('../compile/', import.meta.url);
  const scripts = readdirSync(new URL('cases/', cases)).flatMap((file) =>
    readFileSync(new URL(`cases/${file}`, cases), 'utf8')
      .split(/^== /m)
      .slice(1)
      .flatMap((block) => {
        const [, title = '', network = ''] = /^(.*) \((\w+)\)$/m.exec(block) ?? [];
        const script = block.slice(block.indexOf('\n') + 1).split(/^--\n/m)[0] ?? '';
        const base = document(readFileSync(new URL(`networks/${network}.xml`, cases), 'utf8'));
        const output = run(script, base);
        return output === null || output.patches.length === 0 ? [] : [{ title, base, output }];
      }),
  );
  test('are many', () => {
    expect(scripts.length).toBeGreaterThan(25);
  });
  test.each(scripts)('$title', ({ base, output }) => {
    expect(differences(base, output)).toEqual([]);
  });
});

test('scripts that make one random network of another', () => {
  const seeds = fc.tuple(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 8 }));
  let compared = 0;
  fc.assert(
    fc.property(seeds, ([seed, edits]) => {
      const random = randomOf(seed);
      const base = document(randomNetwork(random, 'n', 0.02, 0.05));
      const donor = document(randomNetwork(random, 'n', 0.02, 0.1));
      const result = document(randomEdits(random, base.root, donor.root, edits));
      const output = run(diffAsScript(base, result, null), base);
      if (output === null) return;
      compared++;
      expect(differences(base, output)).toEqual([]);
    }),
    { numRuns: 60, seed: Number(process.env['SEED'] ?? 20261122) },
  );
  expect(compared).toBeGreaterThan(10);
});
