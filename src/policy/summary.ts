// A loaded policy in numbers and names: what `policy check` ends with, for somebody who knows what should be in it.

import { EVERYONE, isUser } from './names.ts';
import type { Policy } from './policy.ts';
import type { Effect } from './verdict.ts';

export type RoleSummary = {
  /** `role:x`. */
  readonly role: string;
  /** Users who have it somewhere, also by other roles: `user:x`, sorted. */
  readonly users: readonly string[];
  /** Rules with it as their subject. */
  readonly rules: number;
};

export type PolicySummary = {
  readonly rules: Readonly<Record<Effect, number>>;
  readonly links: number;
  /** Every user that a row names, sorted. */
  readonly users: readonly string[];
  /** Every role that a row names or a condition asks for, in the order of the file; `role:everyone` only with rules of its own. */
  readonly roles: readonly RoleSummary[];
  /** Every text of a network column, sorted. */
  readonly networks: readonly string[];
};

/** Linear in the rows, and in the users times the roles of each. */
export function summaryOf({ rules, links }: Policy): PolicySummary {
  const counts = { allow: 0, deny: 0, report: 0 };
  const rulesOf = new Map<string, number>();
  for (const { effect, subject } of rules) {
    counts[effect]++;
    rulesOf.set(subject, (rulesOf.get(subject) ?? 0) + 1);
  }
  const usersOf = membersOf(links);
  const named = new Set([
    ...links.flatMap(({ member, role }) => [member, role]),
    ...rules.flatMap(({ subject, condition }) => [subject, ...condition.roles.map(({ text }) => text)]),
  ]);
  return {
    rules: counts,
    links: links.length,
    users: [...named].filter(isUser).sort(),
    roles: [...named]
      .filter((name) => !isUser(name) && (name !== EVERYONE || rulesOf.has(name)))
      .map((role) => ({
        role,
        users: [...(usersOf.get(role) ?? [])].sort(),
        rules: rulesOf.get(role) ?? 0,
      })),
    networks: [...new Set([...links, ...rules].map(({ network }) => network))].sort(),
  };
}

function membersOf(links: Policy['links']): ReadonlyMap<string, ReadonlySet<string>> {
  const rolesOf = new Map<string, string[]>();
  for (const { member, role } of links) {
    const of = rolesOf.get(member);
    if (of === undefined) rolesOf.set(member, [role]);
    else of.push(role);
  }
  const members = new Map<string, Set<string>>();
  for (const user of [...rolesOf.keys()].filter(isUser)) {
    const found = new Set([user]);
    for (const one of found) for (const role of rolesOf.get(one) ?? []) found.add(role);
    found.delete(user);
    for (const role of found) {
      const of = members.get(role);
      if (of === undefined) members.set(role, new Set([user]));
      else of.add(user);
    }
  }
  return members;
}
