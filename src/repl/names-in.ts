// What a folder holds, where its absence is no fault.

import { readdirSync } from 'node:fs';
import { isDiskError } from '../apply/files/disk-error.ts';

/** The names in the folder; none when the disk does not give them. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return [];
  }
}
