// `--target` as a target: a folder of network files, or a libvirt daemon.

import { openFilesTarget } from '../apply/files/files-target.ts';
import { type LibvirtTarget, openLibvirtTarget } from '../apply/libvirt/libvirt-target.ts';
import { looksLikeUri } from '../apply/libvirt/rpc/uri.ts';
import { stateRoot } from '../apply/libvirt/state-folder.ts';
import type { Target } from '../apply/target.ts';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { err, ok, type Result } from '../std/result.ts';
import { folderOf } from './target-word.ts';

/** Opens or reads nothing yet: what is wrong with the folder, or the daemon, is an answer of the target. */
export function openTarget(word: string, state?: string): Result<Target, Diagnostic> {
  const folder = folderOf(word);
  if (folder !== null) return ok(openFilesTarget(folder));
  if (looksLikeUri(word)) return openDaemon(word, state);
  const help = /^[a-z+]+:/.test(word)
    ? 'a target is a folder of network files, `dir:FOLDER`, or a libvirt daemon, `qemu:///system`'
    : `did you mean \`dir:${word}\`?`;
  return err(error('SL905', null, `\`${word}\` is no target`, { help }));
}

/** The same for what only a daemon can do. */
export function openDaemon(word: string, state?: string): Result<LibvirtTarget, Diagnostic> {
  if (!looksLikeUri(word)) {
    const help = 'name a libvirt daemon, for instance `--target qemu:///system`';
    return err(error('SL988', null, `\`${word}\` is no libvirt daemon: nothing runs there`, { help }));
  }
  const known = daemons.get(word);
  if (known !== undefined) return ok(known);
  const opened = openLibvirtTarget(word, stateRoot(state ?? null, process.env), { stateWord: state ?? null });
  if (opened.ok) daemons.set(word, opened.value);
  return opened;
}

/** A command asks for its target several times, and means the same connection. */
const daemons = new Map<string, LibvirtTarget>();

/** Ends the connections of this run; with one open the process would stay. */
export async function closeTargets(): Promise<void> {
  const open = [...daemons.values()];
  daemons.clear();
  for (const target of open) await target.close();
}
