// Plans and applies on a daemon as the library does, for somebody who may do everything.

import { readFileSync } from 'node:fs';
import { apply, plan, type Request } from '../../../src/apply/session.ts';
import type { ApplyOutcome, Course, Target } from '../../../src/apply/target.ts';
import type { Checked, Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { stepsOf } from '../../../src/diff/change.ts';
import { diffDocuments } from '../../../src/diff/diff.ts';
import { pathText } from '../../../src/network/path.ts';
import type { Scope } from '../../../src/network/scope.ts';
import type { Planned } from '../../../src/plan/context.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { loadPolicy } from '../../../src/policy/load.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import type { ScopeWord } from '../../../src/syntax/ast.ts';
import type { XmlDocument } from '../../../src/xml/document.ts';
import { parseDocument } from '../../../src/xml/parse.ts';

export const everything: Policy = allowing('p, allow, user:olga, *, **, *, *, ""');

export function allowing(rules: string): Policy {
  const { value, diagnostics } = loadPolicy({
    model: { name: 'model.conf', text: readFileSync('policies/model.conf', 'utf8') },
    rules: { name: 'policy.csv', text: `${rules}\n` },
    name: 'policies',
  });
  if (value === null) throw new Error(JSON.stringify(diagnostics));
  return value;
}

export type On = { readonly network: string; readonly scope?: ScopeWord; readonly policy?: Policy };

export function planScript(target: Target, text: string, on: On): Promise<Checked<Planned | null>> {
  return planned(target, { type: 'script', script: { name: 'test.sluice', text } }, on);
}

export function planned(target: Target, request: Request, on: On): Promise<Checked<Planned | null>> {
  const { network, scope, policy = everything } = on;
  return plan(target, request, {
    policy,
    subject: 'user:olga',
    network,
    ...(scope === undefined ? {} : { scope }),
  });
}

/** Throws when there is no plan. */
export async function mustPlan(target: Target, text: string, on: On): Promise<Planned> {
  const { value, diagnostics } = await planScript(target, text, on);
  if (value === null) throw new Error(told(diagnostics));
  return value;
}

export type Done = { readonly plan: Plan; readonly outcome: ApplyOutcome | { readonly type: 'denied' } };

export async function run(target: Target, text: string, on: On, course?: Course): Promise<Done> {
  const made = await mustPlan(target, text, on);
  const { plan: shown, permit } = made;
  const outcome =
    permit === null || course === undefined
      ? await apply(target, made)
      : await target.apply(shown, permit, null, course);
  return { plan: shown, outcome };
}

/** `config ~ bridge@stp: next-start`, for each change. */
export function effectLines(plan: Plan): readonly string[] {
  return plan.documents.flatMap(({ scope, changes, effects }) =>
    changes.map(({ op, pair, leaf }, at) => {
      const effect = effects[at];
      const costs =
        effect?.type === 'at-once'
          ? `${effect.restartsDnsmasq ? ' +dnsmasq' : ''}${effect.reloadsFirewall ? ' +firewall' : ''}`
          : '';
      return `${scope} ${op} ${pathText(stepsOf(pair), leaf)}: ${effect?.type}${costs}`;
    }),
  );
}

/** What differs in meaning; empty when nothing does. */
export function differences(before: string | null, after: string | null, scope: Scope): readonly string[] {
  return diffDocuments(parsed(before), parsed(after), scope).map(
    ({ op, pair, leaf }) => `${op} ${pathText(stepsOf(pair), leaf)}`,
  );
}

function parsed(text: string | null): XmlDocument | null {
  if (text === null) return null;
  const { value } = parseDocument({ name: 'network', text });
  if (value === null) throw new Error(`not XML: ${text}`);
  return value;
}

export function told(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n');
}
