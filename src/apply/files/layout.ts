// What stands where in the directory of a files target, and with which rights.

import path from 'node:path';
import type { FileStat } from './disk.ts';

/** Sluice's own folder in a target directory. */
export const OWN_FOLDER = '.sluice';

export type Layout = {
  /** The directory itself, its real path. */
  readonly root: string;
  readonly own: string;
  readonly journal: string;
  /** What the journal says about each network, so that it need not be read whole every time. */
  readonly heads: string;
  /** There while an apply is being written: it ends forward. */
  readonly intent: string;
  /** The same record, when it ends back. */
  readonly undo: string;
  readonly objects: string;
  readonly scripts: string;
  /** A file of the own folder while it is being written, worth nothing before it has its name. */
  readonly unfinished: string;
};

export function layoutOf(root: string): Layout {
  const own = path.join(root, OWN_FOLDER);
  return {
    root,
    own,
    journal: path.join(own, 'journal.jsonl'),
    heads: path.join(own, 'heads.json'),
    intent: path.join(own, 'intent.json'),
    undo: path.join(own, 'undo.json'),
    objects: path.join(own, 'objects'),
    scripts: path.join(own, 'scripts'),
    unfinished: path.join(own, 'unfinished.tmp'),
  };
}

/** A network's next text, beside the file that it will replace. */
export function stagedName(revision: number, index: number): string {
  return `.sluice-${revision}-${index}.tmp`;
}

export function isStagedName(name: string): boolean {
  return /^\.sluice-\d+-\d+\.tmp$/.test(name);
}

/** Rights for what Sluice makes, after those of the target directory: who may change that may go on with this. */
export type Rights = {
  readonly directory: number;
  /** For hashes and names, which whoever can list the directory may read. */
  readonly open: number;
  /** For texts of networks and scripts: never for others, because a network file may be closed to them. */
  readonly closed: number;
  readonly gid: number;
};

export function rightsLike(root: FileStat): Rights {
  return {
    directory: root.mode & 0o2777,
    open: root.mode & 0o664,
    closed: root.mode & 0o660,
    gid: root.gid,
  };
}
