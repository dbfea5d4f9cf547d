// Every policy that differs from a given one by one character, and whether anybody would notice: it does not load, or a
// test of the policy fails.

import type { Load } from '../../src/compile/prepare.ts';
import { runPolicyTests } from '../../src/plan/policy-test.ts';
import { readRows } from '../../src/policy/csv.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { TestCase } from '../../src/policy/test-file.ts';

/** What is put in, or in the place of another: what separates, quotes, joins and matches, a digit, a letter, a look-alike. */
const CHARACTERS = [...'*,"#|.] 01a\n', 'а'];
/** In a comment, of which the rest is exempt: what ends it. */
const IN_COMMENTS = ['\n'];

export type Mutant = {
  readonly file: 'model.conf' | 'policy.csv';
  readonly at: number;
  /** `5:12 delete "e"`: for people. */
  readonly what: string;
  readonly text: string;
};

/** All of them, in the order of the text. */
export function* mutants(file: Mutant['file'], text: string): Generator<Mutant> {
  for (let at = 0; at <= text.length; at++) {
    const old = text.charAt(at);
    const comment = /^[ \t]*#/.test(text.slice(text.lastIndexOf('\n', at - 1) + 1, at));
    const before = text.slice(0, at);
    const line = before.split('\n').length;
    const place = `${line}:${at - before.lastIndexOf('\n')}`;
    const make = (what: string, put: string, from: number): Mutant => ({
      file,
      at,
      what: `${file}:${place} ${what}`,
      text: before + put + text.slice(from),
    });
    if (comment && old !== '\n') {
      for (const character of IN_COMMENTS) yield make(`insert ${JSON.stringify(character)}`, character, at);
      continue;
    }
    if (old !== '') yield make(`delete ${JSON.stringify(old)}`, '', at + 1);
    if (old !== '' && old === old.toLowerCase() && old !== old.toUpperCase())
      yield make(`capital of ${JSON.stringify(old)}`, old.toUpperCase(), at + 1);
    if (old !== '') yield make(`double ${JSON.stringify(old)}`, old + old, at + 1);
    for (const character of CHARACTERS) {
      if (old !== '' && character !== old)
        yield make(`${JSON.stringify(old)} becomes ${JSON.stringify(character)}`, character, at + 1);
      if (character !== old) yield make(`insert ${JSON.stringify(character)}`, character, at);
    }
  }
}

/**
 * What a file says: its rows, or its definitions. Not in it, and so exempt from the promise that somebody would notice:
 * comments, the blanks around columns and between the words of a condition, the case of a host name in a pattern, because
 * host names have none, and zeros before a number.
 */
export function meaning(file: Mutant['file'], text: string): string {
  if (file === 'policy.csv')
    return JSON.stringify(
      readRows({ name: file, text }).rows.map(({ fields }) =>
        fields.map(({ value }, column) => (column === 7 ? conditionMeaning(value) : value)),
      ),
    );
  return text
    .split('\n')
    .map((line) =>
      line
        .replace(/[#;].*/, '')
        .trim()
        .replace(/\s+/g, ' '),
    )
    .filter((line) => line !== '')
    .map((line) => line.replace(/ ?= ?/, '='))
    .join('\n');
}

function conditionMeaning(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ?([(){},]|[=<>!]+) ?/g, '$1')
    .replace(/(?<=[=<>])0+(?=[0-9])/g, '')
    .replace(/(?<=name like )\S+/g, (pattern) => pattern.toLowerCase());
}

export type Shipped = {
  readonly model: string;
  readonly rules: string;
  readonly cases: readonly TestCase[];
  readonly load: Load;
};

/** `exempt`: says the same, character for character, but for comments and padding. */
export function fate(
  mutant: Mutant,
  shipped: Shipped,
): 'exempt' | 'does not load' | 'fails a test' | 'survives' {
  const { model, rules, cases, load } = shipped;
  const original = mutant.file === 'model.conf' ? model : rules;
  if (meaning(mutant.file, mutant.text) === meaning(mutant.file, original)) return 'exempt';
  const { value: policy } = loadPolicy({
    model: { name: 'model.conf', text: mutant.file === 'model.conf' ? mutant.text : model },
    rules: { name: 'policy.csv', text: mutant.file === 'policy.csv' ? mutant.text : rules },
    name: 'policies',
  });
  if (policy === null) return 'does not load';
  // some at a time: most are found out early
  for (let at = 0; at < cases.length; at += 40) {
    const { outcomes } = runPolicyTests(policy, cases.slice(at, at + 40), load);
    if (outcomes.some(({ problems }) => problems.length > 0)) return 'fails a test';
  }
  return 'survives';
}
