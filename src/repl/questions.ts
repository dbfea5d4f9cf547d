// `why`, `can`, `who-can`, `whoami`: what the policy says, asked about the network with everything that is staged.

import { type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import { visible } from '../diagnostics/render-text.ts';
import { stepsOf } from '../diff/change.ts';
import { pathText } from '../network/path.ts';
import { askPolicy } from '../policy/ask.ts';
import { type Hypothesis, makeHypothesis, type Stated } from '../policy/hypothesis.ts';
import { networkMatches } from '../policy/names.ts';
import type { Policy } from '../policy/policy.ts';
import { readSubject } from '../policy/subjects.ts';
import { networkCases, whoCan } from '../policy/who-can.ts';
import { span } from '../source/source.ts';
import type { Given } from './command-grammar.ts';
import { toldOf } from './outlook.ts';
import { currentOf } from './session.ts';
import { firstLine, type Said, type Shell, statementAt } from './shell-state.ts';
import { baseInUse } from './show.ts';

/** Every row that has a part in what was decided about one statement. */
export function whyText(shell: Shell, given: Given | null): Said {
  const index = statementAt(shell, given);
  if (typeof index !== 'number') return wrong(index);
  const { session, world } = shell;
  const unit = session.staged[index]?.unit;
  if (unit === undefined) throw new Error('the number was looked up in the list');
  const { policy, subject, clock } = session.setting;
  let text = `${index + 1}  ${firstLine(unit.source)}\n`;
  const told = toldOf(session, unit);
  for (const { base, current, changes } of told) {
    const hypothesis: Hypothesis = {
      type: 'changes',
      network: base.network,
      scope: base.scope,
      base: base.document,
      result: current,
      points: changes.map((change) => ({
        change,
        about: `${change.op} ${pathText(stepsOf(change.pair), change.leaf)}`,
        unstated: () => false,
      })),
      keyless: new Set(),
      real: true,
    };
    if (session.bases.length > 1) text += `${visible(base.network)} (${base.scope})\n`;
    text += world.words.answer(askPolicy(policy, hypothesis, subject, clock), 'long');
  }
  if (told.length === 0) text += '   no change is left of it, so nothing is decided\n';
  return { text, diagnostics: [] };
}

export function canText(
  shell: Shell,
  who: Given | null,
  operation: Given | null,
  path: Given | null,
  values: readonly Given[],
): Said {
  const { session, world } = shell;
  const { policy, clock } = session.setting;
  const asked = hypothesisOf(shell, operation, path, values);
  if (asked.hypothesis === null) return { text: '', diagnostics: asked.diagnostics };
  const diagnostics: Diagnostic[] = [...asked.diagnostics];
  let subject = session.setting.subject;
  if (who !== null) {
    const read = readSubject(who, policy);
    diagnostics.push(...read.diagnostics);
    if (read.value === null) return { text: '', diagnostics };
    subject = read.value;
  }
  return {
    text: world.words.answer(askPolicy(policy, asked.hypothesis, subject, clock), 'short'),
    diagnostics,
  };
}

export function whoCanText(
  shell: Shell,
  operation: Given | null,
  path: Given | null,
  values: readonly Given[],
): Said {
  const { session, world, network } = shell;
  const { policy, clock } = session.setting;
  const asked = hypothesisOf(shell, operation, path, values);
  const { hypothesis } = asked;
  if (hypothesis === null) return { text: '', diagnostics: asked.diagnostics };
  const cases = network === null ? networkCases(policy) : [{ label: network, network }];
  const holders = whoCan(policy, cases, (name) => ({ ...hypothesis, network: name }), clock);
  return { text: world.words.holders(holders), diagnostics: asked.diagnostics };
}

function hypothesisOf(
  { session, network }: Shell,
  operation: Given | null,
  path: Given | null,
  values: readonly Given[],
): { readonly hypothesis: Hypothesis | null; readonly diagnostics: readonly Diagnostic[] } {
  if (operation === null || path === null) throw new Error('the grammar asks for both');
  const diagnostics: Diagnostic[] = [];
  const stated = values.flatMap((word) => statedOf(word, diagnostics));
  if (hasErrors(diagnostics)) return { hypothesis: null, diagnostics };
  const base = network === null ? null : baseInUse(session, network);
  const { value, diagnostics: told } = makeHypothesis({
    operation,
    path: {
      text: path.text,
      at: (start, end) => span(path.span.source, path.span.start + start, path.span.start + end),
    },
    values: stated,
    network: network ?? '*',
    scope: base?.scope ?? 'config',
    document: base === null ? null : currentOf(session, base),
  });
  return { hypothesis: value, diagnostics: told };
}

/** `ip=10.0.0.5`, cut at its first `=`. */
function statedOf({ text, span: at }: Given, diagnostics: Diagnostic[]): readonly Stated[] {
  const cut = text.indexOf('=');
  if (cut === -1) {
    diagnostics.push(
      error('SL654', at, `\`${text}\` is no value`, { help: 'write it as `attribute=value`' }),
    );
    return [];
  }
  const { source, start, end } = at;
  const raw = text.slice(cut + 1);
  return [
    {
      name: { text: text.slice(0, cut), span: span(source, start, start + cut) },
      value: {
        text: /^".*"$/.test(raw) ? raw.slice(1, -1) : raw,
        span: span(source, start + cut + 1, end),
      },
    },
  ];
}

export function whoamiText({ session, world, network }: Shell): Said {
  const { setting } = session;
  const name = (subject: string): string => visible(subject.replace(/^user:/, ''));
  const lines = [name(setting.subject)];
  if (setting.subject !== world.realSubject)
    lines.push(`  a question only: you are ${name(world.realSubject)}, and \`as\` alone ends it`);
  const roles = rolesOf(setting.policy, setting.subject, network);
  const where = network === null ? 'on some network' : `on ${visible(network)}`;
  lines.push(roles.length === 0 ? `  no role ${where}` : `  ${roles.map(visible).join(', ')} ${where}`);
  lines.push(`  policy ${visible(setting.policy.name)} (${setting.policy.hash.slice(0, 12)})`);
  lines.push(`  target ${visible(setting.target)}`);
  return { text: `${lines.join('\n')}\n`, diagnostics: [] };
}

/** Every role of the subject, by whatever way; on any network when none is given. */
function rolesOf(policy: Policy, subject: string, network: string | null): readonly string[] {
  const found = new Set([subject]);
  for (const member of found)
    for (const link of policy.links)
      if (link.member === member && (network === null || networkMatches(network, link.network)))
        found.add(link.role);
  found.delete(subject);
  return [...found].sort();
}

function wrong(diagnostic: Diagnostic): Said {
  return { text: '', diagnostics: [diagnostic] };
}
