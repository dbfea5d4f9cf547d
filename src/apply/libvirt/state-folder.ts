// Where the journal and the texts of a daemon's networks are kept: in a folder of the user's, one for each daemon.

import os from 'node:os';
import path from 'node:path';
import type { LibvirtUri } from './rpc/uri.ts';

/** `--state`, else `$XDG_STATE_HOME/sluice`, else `~/.local/state/sluice`. */
export function stateRoot(
  chosen: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (chosen !== null) return path.resolve(chosen);
  const xdg = environment['XDG_STATE_HOME'];
  // the XDG specification: a relative path is invalid, and to be ignored
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), '.local', 'state');
  return path.join(base, 'sluice');
}

/**
 * The daemon's folder in `root`. `qemu:///system` and `network:///system` are the same networks, so they have the same
 * one; the test driver's are others.
 */
export function stateFolder(root: string, uri: LibvirtUri): string {
  const { driver, session, socket, ssh } = uri;
  const which = driver === 'test' ? 'test' : session ? 'session' : 'system';
  const where =
    ssh === null
      ? []
      : [`${ssh.user === null ? '' : `${ssh.user}@`}${ssh.host}${ssh.port === null ? '' : `:${ssh.port}`}`];
  const name = [...where, which, ...(socket === null ? [] : [socket])].map(encodeURIComponent).join('+');
  return path.join(root, 'libvirt', name);
}
