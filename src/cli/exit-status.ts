// What the exit status says. Scripts depend on it: a number never changes its meaning.

export const EXIT = {
  /** Done, or nothing to do. */
  done: 0,
  error: 1,
  /** With `--detailed-exitcode`: there are changes. */
  changes: 2,
  /** Policy denied something. */
  denied: 3,
  /** Stale plan, failed assert, somebody else changed the network. */
  conflict: 4,
  /** Applied in part; the report says what holds. */
  partial: 5,
  /** As sysexits(3) EX_USAGE. */
  usage: 64,
  /** As a shell reports a program that SIGINT ended. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
