// The answer of a policy in words: shortly for `policy can`, with all its rows for `policy why`, as data for --json.

import type { Answer, Part } from '../policy/ask.ts';
import { ruleName } from '../policy/decision.ts';
import type { RuleRef } from '../policy/verdict.ts';
import { line, type Page, prose, type Segment } from './page.ts';

/** Parts of an answer that have the same reasons: told once. */
type Group = { readonly abouts: readonly string[]; readonly part: Part };

export function groupsOf(answer: Answer): readonly Group[] {
  const groups = new Map<string, { abouts: string[]; part: Part }>();
  for (const part of answer.parts) {
    const key = JSON.stringify([
      part.word,
      part.decider?.line,
      part.matched.map(({ rule }) => rule.line),
      part.open.map(({ rule, missing }) => [rule.line, missing]),
      part.missed.map(({ rule, missed }) => [rule.line, missed]),
    ]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { abouts: [part.about], part });
    else known.abouts.push(part.about);
  }
  return [...groups.values()];
}

const STYLE = { yes: 'green', no: 'red', depends: 'yellow' } as const;

/** `yes, by policies/policy.csv:18`, `depends on `name`, which was not given`, … */
export function headline(part: Part): readonly Segment[] {
  const word: Segment = [STYLE[part.word], part.word];
  if (part.word === 'depends') {
    const missing = missingOf(part);
    const were = missing.length === 1 ? 'was' : 'were';
    return [word, [null, ` on ${listOf(missing)}, which ${were} not given`]];
  }
  if (part.decider === null) return [word, [null, part.word === 'yes' ? '' : ': no row allows it']];
  const because = part.matched.find(({ rule }) => rule === part.decider)?.because ?? null;
  const why = part.word === 'no' && because !== null ? `: ${because}` : '';
  return [word, [null, `, by ${ruleName(part.decider)}${why}`]];
}

function missingOf(part: Part): readonly string[] {
  const deciding = part.open.filter(({ rule }) => rule.effect !== 'report');
  return [...new Set(deciding.flatMap(({ missing }) => missing))];
}

export function listOf(words: readonly string[]): string {
  const last = words[words.length - 1] ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** `add ip[…].dhcp.host[…] and its @mac, @name`: an element with its leaves in few words. */
export function aboutOf(abouts: readonly string[]): string {
  const [first = '', ...rest] = abouts;
  const [head = ''] = first.split('@');
  const leaves = abouts.flatMap((about) =>
    about.startsWith(`${head}@`) ? [`@${about.slice(head.length + 1)}`] : [],
  );
  if (leaves.length === rest.length && leaves.length > 0) return `${first} and its ${listOf(leaves)}`;
  if (leaves.length === abouts.length && leaves.length > 1) return `${first}, ${listOf(leaves.slice(1))}`;
  return abouts.join(', ');
}

/** What `policy can` prints. */
export function shortAnswer(page: Page, answer: Answer): void {
  const groups = groupsOf(answer);
  const [only] = groups;
  if (only !== undefined && groups.length === 1) {
    line(page, ...headline(only.part));
    shortReasons(page, only.part, '  ');
  } else {
    line(
      page,
      [STYLE[answer.word], answer.word],
      [null, groups.some(({ part }) => part.word === 'yes') ? ', not all of it' : ''],
    );
    for (const { abouts, part } of groups) {
      line(page, [null, `  ${aboutOf(abouts)}: `], ...headline(part));
      shortReasons(page, part, '    ');
    }
  }
  const counting = new Set(answer.parts.flatMap((part) => part.counting));
  if (counting.size > 0) countingRemark(page, [...counting]);
}

function shortReasons(page: Page, part: Part, indent: string): void {
  if (part.word === 'depends') {
    for (const { rule } of part.open)
      if (rule.effect !== 'report') prose(page, ['dim', `${indent}${ruleName(rule)} `], rowText(rule));
  } else if (part.word === 'no' && part.decider === null) {
    const [near] = part.missed;
    if (near !== undefined)
      prose(page, ['dim', `${indent}nearest: `], `${ruleName(near.rule)}: ${near.missed}`);
  }
}

export function countingRemark(page: Page, rules: readonly RuleRef[]): void {
  prose(
    page,
    ['dim', '  '],
    `${listOf(rules.map(ruleName))} ${rules.length === 1 ? 'counts' : 'count'} elements, here in a network without any others; --target asks about a real one`,
  );
}

/** The row on one line, without the blanks that align it in its file. */
export function rowText(rule: RuleRef): string {
  return rule.text.replace(/ {2,}/g, ' ');
}

/** What `policy why` prints about one group. */
export function longReasons(page: Page, { abouts, part }: Group): void {
  line(page, ['bold', aboutOf(abouts)]);
  line(page, [null, '  '], ...headline(part));
  if (part.matched.length > 0) line(page, [null, '  rows that hold:']);
  for (const { rule, because } of part.matched) {
    rowLine(page, rule, rule.effect);
    if (because !== null) prose(page, ['dim', '        '], because);
  }
  if (part.open.length > 0) line(page, [null, '  rows that hold or not, depending on what was not given:']);
  for (const { rule, missing } of part.open) {
    rowLine(page, rule, 'open');
    prose(page, ['dim', '        needs '], listOf(missing));
  }
  if (part.missed.length > 0)
    line(page, [null, part.word === 'no' ? '  the nearest that do not:' : '  others that do not:']);
  for (const { rule, missed } of part.missed) {
    rowLine(page, rule, 'missed');
    prose(page, ['dim', '        '], missed);
  }
  if (part.counting.length > 0) countingRemark(page, part.counting);
}

const MARK = {
  allow: ['green', '✓', '+'],
  deny: ['red', '✗', 'x'],
  report: ['magenta', '!', '!'],
  open: ['yellow', '?', '?'],
  missed: ['dim', '·', '-'],
} as const;

function rowLine(page: Page, rule: RuleRef, as: keyof typeof MARK): void {
  const [style, mark, plain] = MARK[as];
  prose(page, [style, `    ${page.look.unicode ? mark : plain} `], `${ruleName(rule)}  ${rowText(rule)}`);
}

/** The answer for machines. */
export function answerJson(answer: Answer): readonly Readonly<Record<string, unknown>>[] {
  return answer.parts.map((part) => ({
    about: part.about,
    answer: part.word,
    rule: part.decider === null ? null : ruleJson(part.decider),
    holds: part.matched.map(({ rule, because }) => ({ ...ruleJson(rule), because })),
    open: part.open.map(({ rule, missing }) => ({
      ...ruleJson(rule),
      missing: missing.map((name) => name.replaceAll('`', '')),
    })),
    nearest: part.missed.map(({ rule, missed }) => ({ ...ruleJson(rule), missed })),
    counts: part.counting.map(ruleJson),
  }));
}

export function ruleJson({ file, line: at, effect, text }: RuleRef): Readonly<Record<string, unknown>> {
  return { file, line: at, effect, text };
}
