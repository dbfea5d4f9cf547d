// The files that a person names: scripts, what they include, data, network documents, policies. Whole, and strictly UTF-8.

import { openSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Source } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { err, ok, type Result } from '../std/result.ts';
import { decodeFile } from './decode-file.ts';
import { realDisk } from './files/disk.ts';
import { isDiskError } from './files/disk-error.ts';
import { withFile } from './files/durable.ts';
import { LARGEST, notAFile, tooLarge, unreadable } from './files/network-file.ts';
import { whyNotWhole } from './policy-seal.ts';

/** A name for what comes from standard input. */
export const STDIN = '-';

/** The text of a file, or of standard input for `-`. Messages and places use the name as it was given. */
export function readSource(name: string): Result<Source, Diagnostic> {
  if (name !== STDIN) return readNamed(name, name);
  try {
    return readToEnd(0, '<stdin>');
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return err(unreadable('<stdin>', thrown));
  }
}

/** A file that `from` names: a relative path starts in the folder of `from`, or where Sluice was started if that is no file. */
export function readBeside(name: string, from: Source): Result<Source, Diagnostic> {
  const isFile = !/^<.*>$/.test(from.name);
  const beside = path.isAbsolute(name) || !isFile ? name : path.join(path.dirname(from.name), name);
  return readNamed(path.normalize(beside), name);
}

type PolicyFiles = { readonly model: Source; readonly rules: Source };

/**
 * A policy directory's two files, `model.conf` and `policy.csv`: as they stood at one moment, and all there as far as
 * they say where they end. Who writes them meanwhile, as `stamp` shows, is waited for, a tenth of a second at most.
 */
export function readPolicyFiles(
  directory: string,
  stamp: (file: string) => string = writtenAt,
): Result<PolicyFiles, Diagnostic> {
  const files = [path.join(directory, 'model.conf'), path.join(directory, 'policy.csv')] as const;
  for (let round = 1; ; round++) {
    const before = files.map(stamp).join();
    const read = readBoth(files);
    if (files.map(stamp).join() === before) {
      const wrong = read.ok ? whyNotWhole(read.value.rules) : null;
      return wrong === null ? read : err(wrong);
    }
    if (round === 5) return err(beingWritten(directory));
    nap();
  }
}

function readBoth([modelFile, rulesFile]: readonly [string, string]): Result<PolicyFiles, Diagnostic> {
  const model = readSource(modelFile);
  if (!model.ok) return model;
  const rules = readSource(rulesFile);
  return rules.ok ? ok({ model: model.value, rules: rules.value }) : rules;
}

/** Changes with every write to the file; what is no ordinary file, a pipe, can only be read once. */
function writtenAt(file: string): string {
  try {
    const stat = statSync(file, { bigint: true });
    return stat.isFile() ? `${stat.ino}:${stat.size}:${stat.ctimeNs}` : '';
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return thrown.code;
  }
}

function beingWritten(directory: string): Diagnostic {
  return error('SL844', null, `the policy in \`${directory}\` is being written`, {
    help: 'try again when that is done; an editor that renames the new file over the old one leaves no such moment',
  });
}

/** `given`: the name as the user wrote it. Waits as `cat` does: `<(…)` of a shell is a pipe. */
function readNamed(file: string, given: string): Result<Source, Diagnostic> {
  try {
    return withFile(realDisk, openSync(file, 'r'), (opened) => {
      const stat = realDisk.stat(opened);
      return stat.kind === 'directory' ? err(notAFile(file, stat)) : readToEnd(opened, file);
    });
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    const none = thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR';
    return err(none ? missing(file, given) : unreadable(file, thrown));
  }
}

function readToEnd(opened: number, shown: string): Result<Source, Diagnostic> {
  const stat = realDisk.stat(opened);
  // one chunk for a whole file, and one byte more to see its end
  const chunkSize = Math.min(stat.kind === 'file' ? stat.size + 1 : 1 << 16, LARGEST);
  const chunks: Buffer[] = [];
  for (let size = 0; ; ) {
    const chunk = Buffer.allocUnsafe(chunkSize);
    const count = readWaiting(opened, chunk);
    if (count === 0) return decodeFile(shown, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    size += count;
    if (size > LARGEST) return err(tooLarge(shown, Math.max(size, stat.size)));
    chunks.push(chunk.subarray(0, count));
  }
}

function readWaiting(opened: number, into: Buffer): number {
  for (;;) {
    try {
      return realDisk.read(opened, into, null);
    } catch (thrown) {
      if (!isDiskError(thrown)) throw thrown;
      if (thrown.code === 'EOF') return 0; // Windows, at the end of a pipe
      if (thrown.code !== 'EAGAIN') throw thrown;
      // a terminal, or a pipe that somebody made non-blocking: nothing has come yet
      nap();
    }
  }
}

/** 20 ms. */
function nap(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}

function missing(file: string, given: string): Diagnostic {
  const folder = path.dirname(file);
  const near = nearestName(path.basename(file), namesIn(folder) ?? []);
  const help =
    near !== null
      ? `did you mean \`${path.join(path.dirname(given), near)}\`?`
      : namesIn(folder) === null
        ? `the folder \`${folder}\` does not exist either`
        : null;
  return error('SL822', null, `\`${file}\` does not exist`, { help });
}

function namesIn(folder: string): readonly string[] | null {
  try {
    return realDisk.list(folder);
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR' ? null : [];
  }
}
