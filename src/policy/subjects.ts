// Whom a policy names, and the one that a question names.

import { type Checked, type Diagnostic, error, warning } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { Word } from './condition-syntax.ts';
import { EVERYONE, isRole, isUser, networkMatches } from './names.ts';
import type { Policy } from './policy.ts';

/** Every user and role that rows or conditions speak of, roles first, each in the order of its name; with `role:everyone`. */
export function subjectsOf(policy: Policy): readonly string[] {
  const found = new Set<string>([EVERYONE]);
  for (const { member, role } of policy.links) found.add(member).add(role);
  for (const { subject, covers, condition } of policy.rules) {
    found.add(subject);
    if (covers.type === 'subjects' && covers.subject !== '*') found.add(covers.subject);
    for (const { text } of condition.roles) found.add(text);
  }
  return [...found].sort();
}

/**
 * `alice`, `user:alice` or `role:operator` as a subject; null when it can be nobody. Somebody whom the policy does not name
 * is a warning: what holds for everybody holds for them, too.
 */
export function readSubject(word: Word, policy: Policy): Checked<string | null> {
  const { text } = word;
  const subject = isUser(text) || isRole(text) ? text : isUser(`user:${text}`) ? `user:${text}` : null;
  const diagnostics: Diagnostic[] = [];
  if (subject === null) {
    const help = 'write a user, `alice`, or a role, `role:operator`';
    diagnostics.push(error('SL609', word.span, `\`${text}\` is no user or role`, { help }));
    return { value: null, diagnostics };
  }
  const known = subjectsOf(policy);
  if (!known.includes(subject)) {
    const name = subject.slice('user:'.length);
    const near = known.includes(`role:${name}`)
      ? `role:${name}`
      : nearestName(
          subject,
          known.filter((one) => one !== EVERYONE && one.slice(0, 5) === subject.slice(0, 5)),
        );
    const what = isRole(subject) ? 'role' : 'user';
    diagnostics.push(
      warning('SL657', word.span, `the policy names no ${what} \`${name}\``, {
        help: near === null ? 'what holds for everybody holds here, too' : `did you mean \`${near}\`?`,
      }),
    );
  }
  return { value: subject, diagnostics };
}

/** The shortest way from the subject to one who is named by a rule: `user:nina`, `role:netadmin`, `role:operator`. */
export function wayTo(policy: Policy, subject: string, named: string, network: string): readonly string[] {
  if (subject === named) return [subject];
  const from = new Map<string, string | null>([[subject, null]]);
  for (const member of from.keys()) {
    if (member === named) break;
    for (const link of policy.links) {
      if (link.member === member && !from.has(link.role) && networkMatches(network, link.network))
        from.set(link.role, member);
    }
  }
  if (!from.has(named)) return named === EVERYONE ? [subject, EVERYONE] : [subject];
  const way: string[] = [];
  for (let at: string | null | undefined = named; at != null; at = from.get(at)) way.push(at);
  return way.reverse();
}
