// Which Sluice this is: `sluice 0.1.0`.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from './package-root.ts';

/** Set by the bundler, so that the program need not look for package.json. */
declare const SLUICE_VERSION: string | undefined;

export function versionText(): string {
  if (typeof SLUICE_VERSION === 'string') return `sluice ${SLUICE_VERSION}`;
  const { version } = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  }; // our own file
  return `sluice ${version}`;
}
