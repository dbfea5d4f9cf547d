// Scripts as texts: each file of cases/ holds networks to run on, scripts, and what comes of them. UPDATE=1 rewrites.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { prepareScript } from '../../src/compile/prepare.ts';
import { runScript } from '../../src/compile/run.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { error } from '../../src/diagnostics/diagnostic.ts';
import { stepsOf } from '../../src/diff/change.ts';
import { pathText } from '../../src/network/path.ts';
import { printRfc5261 } from '../../src/patch/rfc5261.ts';
import { assemble } from '../../src/plan/assemble.ts';
import { placeText, type Source } from '../../src/source/source.ts';
import { parseDocument } from '../../src/xml/parse.ts';

const here = new URL('.', import.meta.url);

/** A case: `== TITLE (NETWORK)`, the script, `--`, what comes of it. Files beside it: `++ NAME` and their text, before the script. */
type Case = {
  readonly title: string;
  readonly network: string;
  readonly files: ReadonlyMap<string, string>;
  readonly script: string;
  readonly expected: string;
};

function readCases(text: string): readonly Case[] {
  return text
    .split(/^== /m)
    .slice(1)
    .map((block) => {
      const head = block.slice(0, block.indexOf('\n'));
      const [, title = '', network = ''] = /^(.*) \((\w+)\)$/.exec(head) ?? [];
      const [given = '', expected = ''] = block.slice(head.length + 1).split(/^--\n/m);
      const files = new Map<string, string>();
      const [first = '', ...rest] = given.split(/^\+\+ /m);
      let script = first;
      for (const part of rest) {
        const name = part.slice(0, part.indexOf('\n'));
        const body = part.slice(name.length + 1);
        if (name === 'script') script = body;
        else files.set(name, body);
      }
      return { title, network, files, script, expected };
    });
}

function writeCases(cases: readonly (Case & { readonly actual: string })[]): string {
  return cases
    .map(({ title, network, files, script, actual }) => {
      const beside = [...files].map(([name, body]) => `++ ${name}\n${body}`).join('');
      return `== ${title} (${network})\n${files.size === 0 ? script : `${beside}++ script\n${script}`}--\n${actual}`;
    })
    .join('');
}

function outcome({ network, files, script }: Case): string {
  const load = (path: string): ReturnType<Parameters<typeof prepareScript>[1]['load']> => {
    const text = files.get(path);
    return text === undefined
      ? { ok: false, error: error('SL448', null, `there is no \`${path}\``) }
      : { ok: true, value: { name: path, text } };
  };
  const source: Source = { name: 'script', text: script };
  const prepared = prepareScript([source], { load, vars: new Map([['given', 'eth9']]) });
  const vars = prepared.value === null ? prepareScript([source], { load, vars: new Map() }) : prepared;
  if (vars.value === null) return told(vars.diagnostics);
  const document = parseDocument({
    name: `${network}.xml`,
    text: readFileSync(new URL(`networks/${network}.xml`, here), 'utf8'),
  });
  if (document.value === null) throw new Error(`networks/${network}.xml is broken`);
  const output = runScript({
    prepared: vars.value,
    network: 'default',
    available: ['default', 'other'],
    isDefault: true,
    scope: 'config',
    targetScopes: ['config'],
    document: document.value,
    recordPatches: true,
  });
  if (output.diagnostics.some((one) => one.severity === 'error')) return told(output.diagnostics);
  const made = assemble({
    network: 'default',
    scope: 'config',
    base: document.value,
    baseHash: undefined,
    wanted: output.result,
    causes: output.causes,
  });
  const changes = (made.value?.changes ?? []).map((change) => {
    const value = (side: typeof change.before) =>
      side === null ? '' : ` ${JSON.stringify(side.value)}${side.written === null ? ' (default)' : ''}`;
    const position =
      change.position === null
        ? ''
        : ` behind ${change.position.after === null ? 'none' : pathText([change.position.after])}`;
    const kind = change.kind === 'element' || change.kind === 'attribute' ? '' : ` (${change.kind})`;
    return `${change.op} ${pathText(stepsOf(change.pair), change.leaf)}${kind}${value(change.before)}${change.before !== null && change.after !== null ? ' →' : ''}${value(change.after)}${position} @ ${change.cause.map(placeText).join(' < ')}\n`;
  });
  return (
    told([...output.diagnostics, ...made.diagnostics]) +
    printRfc5261(output.patches) +
    changes.join('') +
    (made.value === null || made.value.changes.length > 0 ? '' : 'nothing to do\n')
  );
}

function told(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(
      (one) =>
        `${one.severity}[${one.code}] ${one.span === null ? '' : placeText(one.span)} ${one.message}\n${one.help === null ? '' : `  ${one.help}\n`}`,
    )
    .join('');
}

for (const file of readdirSync(new URL('cases/', here)).sort()) {
  const at = new URL(`cases/${file}`, here);
  const cases = readCases(readFileSync(at, 'utf8'));
  describe(file, () => {
    if (process.env['UPDATE'] === '1') {
      writeFileSync(at, writeCases(cases.map((one) => ({ ...one, actual: outcome(one) }))));
    }
    for (const one of cases) {
      test(one.title, () => {
        if (process.env['UPDATE'] !== '1') expect(outcome(one)).toBe(one.expected);
      });
    }
  });
}
