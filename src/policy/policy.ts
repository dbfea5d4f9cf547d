// A loaded policy: frozen, checked, with its hash. Made by load.ts; a policy that is not flawless does not exist.

export type Policy = {
  /** The directory or name it was read from, for messages. */
  readonly name: string;
  /** sha256Hex over model and rules. */
  readonly hash: string;
};
