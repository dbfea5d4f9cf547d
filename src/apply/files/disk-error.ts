// What the operating system said no with, in words.

import { getSystemErrorMap } from 'node:util';

export type DiskError = Error & { readonly code: string };

/** True for an error of a system call; false for a bug of ours, which nobody may take for one. */
export function isDiskError(thrown: unknown): thrown is DiskError {
  return (
    thrown instanceof Error && 'syscall' in thrown && 'code' in thrown && typeof thrown.code === 'string'
  );
}

/** Runs `act`; null when the system said one of `codes`. Anything else it throws goes on. */
export function unless<T>(codes: readonly string[], act: () => T): T | null {
  try {
    return act();
  } catch (thrown) {
    if (isDiskError(thrown) && codes.includes(thrown.code)) return null;
    throw thrown;
  }
}

/** `no space left on device (ENOSPC)` */
export function reasonOf(error: DiskError): string {
  for (const [name, message] of getSystemErrorMap().values()) {
    if (name === error.code) return `${message} (${name})`;
  }
  return error.code;
}

/** True when the answer would be another for another user, or after the file system is made writable. */
export function isRefusal(error: DiskError): boolean {
  return error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS';
}
