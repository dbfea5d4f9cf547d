// Which characters users, roles and networks may have in a policy, and how a network pattern matches.
//
// Casbin joins arguments of `g` with commas and compares names as text, so nothing that could separate, quote or
// match anything is in these sets; a user can never be named like a role.

/** Everybody; needs no `g` row and may not stand in one (rule 23). */
export const EVERYONE = 'role:everyone';

const USER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._@+$\\-]{0,254}$/;
const ROLE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;
/** Two stars side by side would say what one does: a slip. */
const NETWORK_PATTERN = /^(?!.*\*\*)[A-Za-z0-9._:@+*-]{1,255}$/;

/**
 * `user:NAME` for a login name that was verified by the caller, or null when it has a character that no user may have:
 * letters, digits, and `. _ @ + $ \ -` behind the first.
 */
export function userSubject(name: string): string | null {
  return USER_NAME.test(name) ? `user:${name}` : null;
}

export function isUser(text: string): boolean {
  return text.startsWith('user:') && USER_NAME.test(text.slice(5));
}

export function isRole(text: string): boolean {
  return text.startsWith('role:') && ROLE_NAME.test(text.slice(5));
}

export function isRoleName(text: string): boolean {
  return ROLE_NAME.test(text);
}

export function isNetworkPattern(text: string): boolean {
  return NETWORK_PATTERN.test(text);
}

/**
 * True when the network's name fits the pattern of a policy row, in which `*` stands for any characters, also none.
 * The name is never read as a pattern. At most |network| × |pattern| steps.
 */
export function networkMatches(network: string, pattern: string): boolean {
  if (pattern === '*') return true;
  let n = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (n < network.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.length && pattern[p] === network[n]) {
      p++;
      n++;
    } else if (star !== -1) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
