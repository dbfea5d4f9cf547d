// Two network texts, a policy and a user in; one line per change out: what the tests of the gate compare.

import { type Change, type Scope, stepsOf } from '../../src/diff/change.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { pathText } from '../../src/network/path.ts';
import { type GateAnswer, type GateRequest, gate } from '../../src/policy/gate.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { placeText } from '../../src/source/source.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';

/** Noon on a Wednesday, UTC. */
export const NOON = Date.UTC(2025, 0, 15, 12);

export function document(xml: string): XmlDocument {
  const { value, diagnostics } = parseDocument({ name: 'net.xml', text: xml });
  if (value === null) throw new Error(`${diagnostics[0]?.message}: ${xml}`);
  return value;
}

/** `error SL608 policy.csv:3:4 unknown effect …` for everything that is wrong with the rows. */
export function complaints(rows: string, model = MODEL_TEXT): readonly string[] {
  const { diagnostics } = loadPolicy({
    model: { name: 'model.conf', text: model },
    rules: { name: 'policy.csv', text: rows },
    name: 'test',
  });
  return diagnostics.map(
    ({ severity, code, span, message, help }) =>
      `${severity} ${code} ${span === null ? '-' : placeText(span)} ${message}${help === null ? '' : ` (${help})`}`,
  );
}

/** The policy of the rows; throws when it has errors. */
export function policyOf(rows: string): Policy {
  const { value, diagnostics } = loadPolicy({
    model: { name: 'model.conf', text: MODEL_TEXT },
    rules: { name: 'policy.csv', text: rows },
    name: 'test',
  });
  if (value === null) throw new Error(diagnostics.map((one) => `${one.message} (${one.help})`).join('\n'));
  return value;
}

export type Case = {
  readonly policy: Policy;
  readonly as: string;
  /** Null: the network does not exist. */
  readonly base: string | null;
  readonly result: string | null;
  readonly network?: string;
  readonly scope?: Scope;
  readonly clock?: number;
  readonly realSubject?: string;
};

export function requestOf(given: Case, changes?: readonly Change[]): GateRequest {
  const scope = given.scope ?? 'config';
  const base = given.base === null ? null : document(given.base);
  const result = given.result === null ? null : document(given.result);
  return {
    target: 'dir:/networks',
    subject: `user:${given.as}`,
    realSubject: `user:${given.realSubject ?? given.as}`,
    clock: given.clock ?? NOON,
    documents: [
      {
        network: given.network ?? 'default',
        scope,
        base,
        result,
        baseHash: 'base',
        resultHash: 'result',
        changes: changes ?? diffDocuments(base, result, scope),
      },
    ],
  };
}

export function ask(given: Case): GateAnswer {
  return gate(given.policy, requestOf(given));
}

/** `modify ip[10.0.0.1].dhcp.host[…]@ip: deny policy.csv:7`; `line` names the rules. */
export function verdictLines(
  answer: GateAnswer,
  line: (line: number) => string = (n) => `line ${n}`,
): readonly string[] {
  return answer.verdicts
    .flat()
    .map((verdict) => `${changeText(verdict.change)}: ${decisionText(verdict, line)}`);
}

export function changeText(change: Change): string {
  const kind = change.kind === 'unknown' || change.kind === 'opaque' ? ` (${change.kind})` : '';
  return `${change.op} ${pathText(stepsOf(change.pair), change.leaf)}${kind}`;
}

export function decisionText({ decision }: Verdict, line: (line: number) => string): string {
  switch (decision.type) {
    case 'allowed':
      return `allow ${line(decision.rule.line)}`;
    case 'denied':
      return `DENY ${line(decision.rule.line)}${decision.because === null ? '' : ` because ${decision.because}`}`;
    case 'default-deny':
      if (decision.fault !== null) return `FAULT ${decision.fault}`;
      return `DD${decision.nearest.map(({ rule, missed }) => ` <${line(rule.line)}: ${missed}>`).join('')}`;
  }
}
