// Who has which roles on a network, at any depth, and the same answer in the form in which Casbin asks for it.

import type { RoleManager } from 'casbin';
import { EVERYONE, networkMatches } from './names.ts';

/** A `g` row: `member` (a user or a role) has `role` on the networks that match. */
export type RoleLink = { readonly member: string; readonly role: string; readonly network: string };

/** The subject itself, every role it has on that network, and `role:everyone`. */
export type RoleClosure = (subject: string, network: string) => ReadonlySet<string>;

/** A closure that remembers its answers: the links are final. */
export function roleClosure(links: readonly RoleLink[]): RoleClosure {
  const linksOf = new Map<string, RoleLink[]>();
  for (const link of links) {
    const of = linksOf.get(link.member);
    if (of === undefined) linksOf.set(link.member, [link]);
    else of.push(link);
  }
  const known = new Map<string, Map<string, ReadonlySet<string>>>();
  return (subject, network) => {
    let onNetwork = known.get(network);
    if (onNetwork === undefined) {
      onNetwork = new Map();
      known.set(network, onNetwork);
    }
    let closure = onNetwork.get(subject);
    if (closure === undefined) {
      closure = closureOf(subject, network, linksOf);
      onNetwork.set(subject, closure);
    }
    return closure;
  };
}

function closureOf(
  subject: string,
  network: string,
  linksOf: ReadonlyMap<string, readonly RoleLink[]>,
): ReadonlySet<string> {
  const found = new Set([subject]);
  // a Set hands out what is added while it is walked: that is the whole queue
  for (const member of found) {
    for (const link of linksOf.get(member) ?? []) {
      if (networkMatches(network, link.network)) found.add(link.role);
    }
  }
  found.add(EVERYONE);
  return found;
}

/**
 * The roles of a circle in order, or null. Networks do not count: a circle that only closes on one network is still
 * a mistake. Linear; no recursion, so that a chain of any depth is fine.
 */
export function findCircle(links: readonly RoleLink[]): readonly string[] | null {
  const next = new Map<string, string[]>();
  for (const { member, role } of links) {
    const of = next.get(member);
    if (of === undefined) next.set(member, [role]);
    else of.push(role);
  }
  const done = new Set<string>();
  for (const start of next.keys()) {
    if (done.has(start)) continue;
    const trail: { readonly name: string; child: number }[] = [{ name: start, child: 0 }];
    const onTrail = new Map<string, number>([[start, 0]]);
    for (let top = trail[trail.length - 1]; top !== undefined; top = trail[trail.length - 1]) {
      const child = next.get(top.name)?.[top.child++];
      if (child === undefined) {
        done.add(top.name);
        onTrail.delete(top.name);
        trail.pop();
        continue;
      }
      const begin = onTrail.get(child);
      if (begin !== undefined) return trail.slice(begin).map((step) => step.name);
      if (done.has(child)) continue;
      onTrail.set(child, trail.length);
      trail.push({ name: child, child: 0 });
    }
  }
  return null;
}

/** Casbin's view of a closure. Its own role manager stops silently at depth 10. Links cannot be changed through it. */
export function roleManager(closure: RoleClosure): RoleManager {
  const refuse = (): Promise<never> => Promise.reject(new Error('a loaded policy is frozen'));
  const hasLink = (member: string, role: string, ...domain: string[]): boolean =>
    closure(member, domain[0] ?? '').has(role);
  return {
    clear: refuse,
    addLink: refuse,
    deleteLink: refuse,
    syncedHasLink: hasLink,
    hasLink: (member, role, ...domain) => Promise.resolve(hasLink(member, role, ...domain)),
    getRoles: refuse,
    getUsers: refuse,
    printRoles: refuse,
    getDomains: refuse,
    getAllDomains: refuse,
  };
}
