// Texts by their hash, compressed: every revision of a network that Sluice has seen, so that none is lost.

import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Disk } from './disk.ts';
import { hashOf, isThere, readIfThere, syncDirectory, writeWhole } from './durable.ts';
import type { Layout, Rights } from './layout.ts';

/** `zcat .sluice/objects/HASH.gz` shows the text. */
function objectFile(layout: Layout, hash: string): string {
  return path.join(layout.objects, `${hash}.gz`);
}

/** Keeps texts, each once, so that they survive a power cut. Needs the lock. Throws what the disk throws. */
export function keepObjects(
  disk: Disk,
  layout: Layout,
  rights: Rights,
  texts: ReadonlyMap<string, string>,
): void {
  for (const [hash, text] of texts) {
    const file = objectFile(layout, hash);
    if (isThere(disk, file)) continue;
    // level 1: XML of 6 MB becomes 0.6 MB in 30 ms; the best level takes eight times as long for 0.3 MB
    writeWhole(disk, layout, file, gzipSync(text, { level: 1 }), rights.closed, rights.gid);
  }
  // also for those that were there: the process that wrote them may have died before its own
  if (texts.size > 0) syncDirectory(disk, layout.objects);
}

/** The text with this hash, or null when it is not kept, or damaged. Throws what the disk throws. */
export function readObject(disk: Disk, layout: Layout, hash: string): Buffer | null {
  const packed = readIfThere(disk, objectFile(layout, hash));
  if (packed === null) return null;
  let bytes: Buffer;
  try {
    bytes = gunzipSync(packed);
  } catch {
    return null; // damaged: zlib throws for every kind of damage
  }
  return hashOf(bytes) === hash ? bytes : null;
}

/** Keeps a script under its hash, as it was written. */
export function keepScript(disk: Disk, layout: Layout, rights: Rights, hash: string, text: string): void {
  const file = path.join(layout.scripts, hash);
  if (!isThere(disk, file)) {
    writeWhole(disk, layout, file, Buffer.from(text), rights.closed, rights.gid);
  }
  syncDirectory(disk, layout.scripts);
}
