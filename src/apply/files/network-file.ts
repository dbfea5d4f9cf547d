// From the name of a network to its file: which names there can be, where the text really stands, and what it says now.

import path from 'node:path';
import { type Diagnostic, error } from '../../diagnostics/diagnostic.ts';
import type { Source } from '../../source/source.ts';
import { nearestName } from '../../std/nearest-name.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { decodeFile } from '../decode-file.ts';
import type { Disk, FileStat } from './disk.ts';
import { type DiskError, isDiskError, reasonOf, unless } from './disk-error.ts';
import { hashOf, readOpened, withFile } from './durable.ts';
import { type Layout, OWN_FOLDER } from './layout.ts';

/** Where a network's text stands, or would. */
export type Place = {
  readonly network: string;
  /** As messages show it. */
  readonly shown: string;
  /** The real file, all symbolic links followed. */
  readonly file: string;
  /** True when `NAME.xml` is a symbolic link to `file`. */
  readonly linked: boolean;
  readonly there: boolean;
};

export type NetworkText = { readonly source: Source; readonly hash: string; readonly stat: FileStat };

/** The largest file that is read, in bytes: ten times a network of 65,000 dhcp hosts. */
export const LARGEST = 64 * 1024 * 1024;

/** Null, or what is wrong with `network` as the name of a file. */
export function whyNoName(network: string): string | null {
  if (network === '') return 'it is empty';
  if (network.includes('/')) return 'it holds a `/`';
  if (network.startsWith('.')) return 'it starts with a dot';
  // U+FFFD is what a file name that is not UTF-8 is read as: it leads back to no file
  if (/[\u0000-\u001f\u007f-\u009f\ufffd\p{Surrogate}]/u.test(network)) {
    return 'it holds a character that no name may hold';
  }
  if (Buffer.byteLength(network) + '.xml'.length > 255) return 'it is longer than a file name can be';
  return null;
}

/** Names of all networks in the directory, sorted. Throws what the disk throws. */
export function networkNames(disk: Disk, layout: Layout): readonly string[] {
  return disk
    .list(layout.root)
    .filter((name) => name.endsWith('.xml'))
    .map((name) => name.slice(0, -'.xml'.length))
    .filter((name) => whyNoName(name) === null)
    .sort();
}

/** Finds the file of a network. Throws what the disk throws. */
export function placeOf(disk: Disk, layout: Layout, network: string): Result<Place, Diagnostic> {
  const wrong = whyNoName(network);
  if (wrong !== null) {
    return err(error('SL809', null, `\`${network}\` cannot be the name of a network here: ${wrong}`));
  }
  const named = path.join(layout.root, `${network}.xml`);
  const place = { network, shown: named, file: named, linked: false, there: true };
  const stat = unless(['ENOENT'], () => disk.lstat(named));
  if (stat === null) return ok({ ...place, there: false });
  if (stat.kind !== 'link') return ok(place);
  // the directory may belong to somebody else than who runs us: a link must not lead them to a file of ours
  const file = unless(['ENOENT', 'ELOOP', 'ENOTDIR'], () => disk.realpath(named));
  const inside = file === null ? null : path.relative(layout.root, file).split(path.sep);
  if (file === null || inside === null || inside[0] === '..' || inside.includes(OWN_FOLDER)) {
    const where =
      file === null ? 'nowhere' : inside?.[0] === '..' ? 'out of the directory' : `into ${OWN_FOLDER}`;
    return err(
      error('SL808', null, `\`${named}\` is a symbolic link that leads ${where}`, {
        help: 'links are followed to files in the same directory only: put the file itself there',
      }),
    );
  }
  return ok({ ...place, file, linked: true });
}

/** What the file says now, or null when there is none. */
export function readNetwork(disk: Disk, place: Place): Result<NetworkText | null, Diagnostic> {
  if (!place.there) return ok(null);
  try {
    return withFile(disk, disk.openToRead(place.file), (file) => {
      const stat = disk.stat(file);
      if (stat.kind !== 'file') return err(notAFile(place.shown, stat));
      if (stat.size > LARGEST) return err(tooLarge(place.shown, stat.size));
      const bytes = readOpened(disk, file);
      const text = decodeFile(place.shown, bytes);
      return text.ok ? ok({ source: text.value, hash: hashOf(bytes), stat }) : text;
    });
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return thrown.code === 'ENOENT' ? ok(null) : err(unreadable(place.shown, thrown));
  }
}

export function notAFile(shown: string, stat: FileStat): Diagnostic {
  const what = stat.kind === 'directory' ? 'a directory' : 'not an ordinary file';
  return error('SL805', null, `\`${shown}\` is ${what}`, { help: 'a file is expected here' });
}

export function tooLarge(shown: string, size: number): Diagnostic {
  return error('SL807', null, `\`${shown}\` has ${size} bytes or more, and ${LARGEST} are read at most`, {
    help: 'see whether it is the right file; a large script can be split with `include`',
  });
}

export function unreadable(shown: string, thrown: DiskError): Diagnostic {
  return error('SL803', null, `cannot read \`${shown}\`: ${reasonOf(thrown)}`, {
    help: thrown.code === 'EACCES' ? 'ask its owner for the permission, or run as a user who has it' : null,
  });
}

/** Says that there is no such network, what there is, and which one may be meant. */
export function noSuchNetwork(disk: Disk, layout: Layout, network: string): Diagnostic {
  let names: readonly string[] = [];
  try {
    names = networkNames(disk, layout);
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
  }
  const near = nearestName(network, names);
  const shown = names.slice(0, 10).map((name) => `\`${name}\``);
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return error('SL804', null, `there is no network \`${network}\` in \`${layout.root}\``, {
    help:
      near !== null
        ? `did you mean \`${near}\`?`
        : names.length === 0
          ? 'the directory holds no `NAME.xml` at all'
          : `there are ${shown.join(', ')}${more}`,
  });
}
