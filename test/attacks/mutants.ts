// Every policy that differs from a given one by one character, and whether anybody would notice: it does not load, or a
// test of the policy fails.

import type { Load } from '../../src/compile/prepare.ts';
import { runPolicyTests } from '../../src/plan/policy-test.ts';
import { readRows } from '../../src/policy/csv.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Policy } from '../../src/policy/policy.ts';
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

let lastToFail: TestCase | null = null;

/** `exempt`: says the same, character for character, but for comments and padding. */
export function fate(
  mutant: Mutant,
  shipped: Shipped,
): 'exempt' | 'does not load' | 'fails a test' | 'survives' {
  const { model, rules, cases, load } = shipped;
  const original = mutant.file === 'model.conf' ? model : rules;
  const changed = changedLines(original, mutant.text);
  const meant = changedLines(mutant.text, original);
  if (meaning(mutant.file, changed) === meaning(mutant.file, meant)) return 'exempt';
  const policyOf = (rows: string): Policy | null =>
    loadPolicy({
      model: { name: 'model.conf', text: mutant.file === 'model.conf' ? mutant.text : model },
      rules: { name: 'policy.csv', text: rows },
      name: 'policies',
    }).value;
  // what is wrong with the model, or with a row, is wrong whatever stands beside it (test/policy/plain-rows.test.ts)
  if (policyOf(mutant.file === 'model.conf' ? '' : changed) === null) return 'does not load';
  const policy = policyOf(mutant.file === 'model.conf' ? rules : mutant.text);
  if (policy === null) return 'does not load';
  const fails = (some: readonly TestCase[]): boolean => {
    const failed = runPolicyTests(policy, some, load).outcomes.find(({ problems }) => problems.length > 0);
    lastToFail = failed?.test ?? lastToFail;
    return failed !== undefined;
  };
  // what one mutant of a row fails, the next one fails, too
  if (lastToFail !== null && cases.includes(lastToFail) && fails([lastToFail])) return 'fails a test';
  // some at a time: most are found out early
  for (let at = 0; at < cases.length; at += 40) if (fails(cases.slice(at, at + 40))) return 'fails a test';
  return 'survives';
}

/** The lines of `after` that are not those of `before`. */
function changedLines(before: string, after: string): string {
  const [old, lines] = [before.split('\n'), after.split('\n')];
  let first = 0;
  while (first < lines.length && lines[first] === old[first]) first++;
  let last = 0;
  while (last < lines.length - first && lines.at(-1 - last) === old.at(-1 - last)) last++;
  return lines.slice(first, lines.length - last).join('\n');
}
