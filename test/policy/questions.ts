// A question as it is typed (`alice add 'ip.dhcp.host' ip=10.0.0.5`) and a policy in; the answer in one line out.

import { passageOf, questionWords, statedOf } from '../../src/cli/question.ts';
import type { Checked, Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { type Answer, askPolicy } from '../../src/policy/ask.ts';
import { type Hypothesis, makeHypothesis } from '../../src/policy/hypothesis.ts';
import { readMoment } from '../../src/policy/moment.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { readSubject } from '../../src/policy/subjects.ts';
import { document, NOON } from './decide.ts';

type More = {
  readonly network?: string;
  readonly scope?: 'live' | 'config';
  readonly clock?: number;
  /** XML of the network that the element is put into. */
  readonly real?: string;
};

function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|[^ ]+/g)].map(
    ([word, single, double]) => single ?? double ?? word,
  );
}

function readQuestion(
  line: string,
  more: More,
): { readonly who: string; readonly made: Checked<Hypothesis | null> } {
  const words = questionWords(wordsOf(line));
  const [who, operation, path, ...values] = words;
  if (who === undefined || operation === undefined || path === undefined)
    throw new Error(`no question: ${line}`);
  const made = makeHypothesis({
    operation,
    path: passageOf(path),
    values: values.flatMap((word) => statedOf(word) ?? []),
    network: more.network ?? 'default',
    scope: more.scope ?? 'config',
    document: more.real === undefined ? null : document(more.real),
  });
  return { who: who.text.includes(':') ? who.text : `user:${who.text}`, made };
}

/** What is wrong with the question; `--at` may stand at its end. Whoever `policy` does not name is a problem, too. */
export function problemsOf(
  line: string,
  more: More = {},
  policy: Policy | null = null,
): readonly Diagnostic[] {
  const [question = '', at] = line.split(' --at ');
  const text = at?.replaceAll("'", '') ?? '';
  const time =
    at === undefined
      ? null
      : readMoment({ text, span: { source: { name: '--at', text }, start: 0, end: text.length } });
  const [who] = questionWords(wordsOf(question));
  const named = policy === null || who === undefined ? [] : readSubject(who, policy).diagnostics;
  return [
    ...readQuestion(question, more).made.diagnostics,
    ...(time === null || time.ok ? [] : [time.error]),
    ...named,
  ];
}

/** The question as the gate gets it; who asks does not matter. */
export function hypothesisOf(line: string, more: More = {}): Hypothesis {
  const { made } = readQuestion(line, more);
  if (made.value === null) throw new Error(made.diagnostics.map(({ message }) => message).join('\n'));
  return made.value;
}

export function answerTo(policy: Policy, line: string, more: More = {}): Answer {
  const { who } = readQuestion(line, more);
  return askPolicy(policy, hypothesisOf(line, more), who, more.clock ?? NOON);
}

/** `no 2`, `depends (2: \`name\`)`: the word, the line that decides, and what rows hang on. */
export function answerLine(policy: Policy, line: string, more: More = {}): string {
  const { word, parts } = answerTo(policy, line, more);
  const deciders = new Set(parts.flatMap(({ decider }) => decider?.line ?? []));
  const open = new Set(
    parts.flatMap((part) => part.open.map(({ rule, missing }) => `(${rule.line}: ${missing.join(', ')})`)),
  );
  return [word, ...deciders, ...open].join(' ');
}
