// `sluice policy who-can`: everybody who may do this, by which row, where, and under which condition.

import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { ruleName } from '../../policy/decision.ts';
import type { Hypothesis } from '../../policy/hypothesis.ts';
import { type Holder, networkCases, whoCan } from '../../policy/who-can.ts';
import { listOf, ruleJson } from '../answer-words.ts';
import { readQuestion } from '../ask-policy.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { conclude, fail } from '../outcome.ts';
import { line, newPage, type Page, pageText, prose } from '../page.ts';
import type { AskFlags } from '../policy-flags.ts';

export async function policyWhoCan(
  words: readonly string[],
  flags: AskFlags,
  console: Console,
): Promise<ExitStatus> {
  const { value: question, diagnostics } = await readQuestion(words, false, flags);
  if (question === null) return fail(console, 'policy who-can', flags.json, EXIT.error, diagnostics);
  const { policy, network, scopes, clock } = question;
  const cases = network === null ? networkCases(policy) : [{ label: network, network }];
  const problems: Diagnostic[] = [...diagnostics];
  const found = scopes.map((scope) => {
    const made = new Map<string, Hypothesis>();
    for (const one of cases) {
      const { value, diagnostics: own } = question.hypothesisOn(one.network, scope);
      // the same question has the same mistakes everywhere
      if (!hasErrors(problems)) problems.push(...own);
      if (value !== null) made.set(one.network, value);
    }
    return { scope, made };
  });
  if (hasErrors(problems)) return fail(console, 'policy who-can', flags.json, EXIT.error, problems);
  const lists = found.map(({ scope, made }) => ({
    scope,
    holders: whoCan(
      policy,
      cases,
      (name) => {
        const hypothesis = made.get(name);
        if (hypothesis === undefined) throw new Error('every case has its hypothesis');
        return hypothesis;
      },
      clock,
    ),
  }));
  return conclude(console, 'policy who-can', flags.json, {
    status: EXIT.done,
    diagnostics: problems,
    text: () => {
      const page = newPage(console.out, false);
      for (const { scope, holders } of lists) {
        if (lists.length > 1) line(page, ['dim', `${scope}:`]);
        renderHolders(page, holders);
      }
      return pageText(page);
    },
    json: () => ({
      scopes: lists.map(({ scope, holders }) => ({
        scope,
        holders: holders.map((holder) => ({
          who: holder.subject,
          answer: holder.word,
          networks: holder.networks,
          way: holder.way,
          allows: holder.allows.map(({ rule, when }) => ({ ...ruleJson(rule), when })),
          denies: holder.denies.map(({ rule, when }) => ({ ...ruleJson(rule), when })),
        })),
      })),
    }),
  });
}

export function renderHolders(page: Page, holders: readonly Holder[]): void {
  if (holders.length === 0) line(page, [null, 'nobody']);
  for (const group of groupsOf(holders)) tell(page, group);
}

/** Holders by the same rows on the same networks: told together. */
function groupsOf(holders: readonly Holder[]): readonly (readonly [Holder, ...Holder[]])[] {
  const groups = new Map<string, [Holder, ...Holder[]]>();
  for (const holder of holders) {
    const rows = [...holder.allows, ...holder.denies].map(({ rule }) => rule.line);
    const key = JSON.stringify([holder.word, holder.networks, rows]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [holder]);
    else group.push(holder);
  }
  return [...groups.values()];
}

function tell(page: Page, group: readonly [Holder, ...Holder[]]): void {
  const [{ word, networks, allows, denies }] = group;
  const names = group.flatMap(({ subject, way }, index) => [
    ...(index === 0 ? [] : [[null, ', '] as const]),
    ['bold', subject] as const,
    [null, way.length > 1 ? ` (through ${way.slice(1).join(' and ')})` : ''] as const,
  ]);
  line(
    page,
    ...names,
    [null, `: on ${networks === null ? 'every network' : listOf(networks)}`],
    [word === 'yes' ? null : 'yellow', word === 'yes' ? '' : ', depending on what was not given'],
  );
  for (const { rule, when } of allows)
    prose(page, ['dim', '    by '], `${ruleName(rule)}${when === '' ? '' : `  if ${when}`}`);
  for (const { rule, when } of denies)
    prose(page, ['dim', '    unless '], `${ruleName(rule)} denies it${when === '' ? '' : `: ${when}`}`);
}
