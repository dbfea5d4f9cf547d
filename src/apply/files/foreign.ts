// Edits by other hands: a file that is not what Sluice left is fine, and is never passed over in silence.

import { type Diagnostic, note } from '../../diagnostics/diagnostic.ts';
import type { Heads } from './journal.ts';

/** `left`, `found`: hashes of the text; null where there was, or is, no file. */
export type ForeignEdit = {
  readonly network: string;
  /** The last revision of this network that Sluice knows of. */
  readonly revision: number;
  readonly left: string | null;
  readonly found: string | null;
};

/** Null when the file is as Sluice left it, or Sluice never wrote it. */
export function foreignEdit(heads: Heads, network: string, found: string | null): ForeignEdit | null {
  const head = heads.networks.get(network);
  if (head === undefined || head.hash === found) return null;
  return { network, revision: head.revision, left: head.hash, found };
}

export function foreignNote(edit: ForeignEdit): Diagnostic {
  const did = edit.found === null ? 'deleted' : edit.left === null ? 'created again' : 'changed';
  return note(
    'SL821',
    null,
    `\`${edit.network}\` was ${did} outside Sluice since revision ${edit.revision}`,
    {
      help: 'plans start from what is there now; the next revision records it',
    },
  );
}
