// Who asks: the login user, by what the kernel and the user database say, never by what a variable claims.

import os from 'node:os';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { userSubject } from '../policy/names.ts';
import { err, ok, type Result } from '../std/result.ts';

/**
 * `user:alice`. Under sudo it is who called sudo: SUDO_USER counts only when we run as root, because anybody else can
 * set it to whatever they like.
 */
export function loginSubject(
  environment: Readonly<Record<string, string | undefined>>,
): Result<string, Diagnostic> {
  const caller = process.geteuid?.() === 0 ? environment['SUDO_USER'] : undefined;
  const name = caller !== undefined && caller !== '' ? caller : loginName();
  if (name === null) {
    const help = 'give it one in the user database; policy speaks of names, not of numbers';
    return err(error('SL912', null, `user number ${process.getuid?.()} has no name`, { help }));
  }
  return subjectOf(name);
}

/** A name that somebody gave (`--as`), as a subject. */
export function subjectOf(name: string): Result<string, Diagnostic> {
  const subject = userSubject(name.startsWith('user:') ? name.slice('user:'.length) : name);
  if (subject !== null) return ok(subject);
  return err(
    error('SL912', null, `\`${name}\` cannot be a user's name in a policy`, {
      help: 'write it as in the policy, without `user:`: `--as alice`',
    }),
  );
}

function loginName(): string | null {
  try {
    return os.userInfo().username;
  } catch {
    return null; // a number without an entry in the user database
  }
}
