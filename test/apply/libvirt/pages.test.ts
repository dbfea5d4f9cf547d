// The pages of the libvirt codes: what each says is printed, is printed. UPDATE=1 writes it anew.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Answer, Client } from '../../../src/apply/libvirt/rpc/client.ts';
import { connectLibvirt, usualOptions } from '../../../src/apply/libvirt/rpc/connect.ts';
import { explainFailure, noSuchNetwork } from '../../../src/apply/libvirt/rpc/explain.ts';
import { PATIENCE } from '../../../src/apply/libvirt/rpc/session.ts';
import { parseLibvirtUri } from '../../../src/apply/libvirt/rpc/uri.ts';
import type { libvirtCodes } from '../../../src/diagnostics/codes/libvirt.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { pageOf } from '../../page.ts';
import { type FakeDaemon, HEALTHY, type Reaction, startFakeServer } from './fake-server.ts';

const LAB = { name: 'lab', live: '<network/>', config: '<network/>' };
const REF = { name: 'lab', uuid: '00000000-0000-4000-8000-000000000001' };
const UPDATE = {
  command: 'add-last',
  section: 'dns-host',
  parentIndex: -1,
  xml: '<host/>',
  scope: 'live',
} as const;

function on(name: string, reaction: Reaction): FakeDaemon {
  return {
    ...HEALTHY,
    networks: [LAB],
    react: (call) => (call.name === name ? reaction : { type: 'usual' }),
  };
}

/** Why `act` failed on this daemon, or why nobody could even connect. */
async function told(
  daemon: FakeDaemon,
  about: string,
  act: (client: Client) => Answer<unknown>,
): Promise<Diagnostic> {
  const server = await startFakeServer(daemon);
  try {
    const client = await connectLibvirt(server.uri, {
      ...usualOptions('read-write'),
      patience: { ...PATIENCE, read: 100, change: 100 },
    });
    if (!client.ok) return client.error;
    const result = await act(client.value);
    await client.value.close();
    if (result.ok) throw new Error('nothing failed');
    return as(explainFailure(result.error, about, client.value), server.socket);
  } finally {
    await server.stop();
  }
}

/** As if the socket stood where libvirt's stands. */
function as(diagnostic: Diagnostic, socket: string): Diagnostic {
  const told = (text: string): string => text.replaceAll(socket, '/run/libvirt/libvirt-sock');
  return {
    ...diagnostic,
    message: told(diagnostic.message),
    help: diagnostic.help === null ? null : told(diagnostic.help),
  };
}

function refused(uri: string): Diagnostic {
  const parsed = parseLibvirtUri(uri);
  if (parsed.ok) throw new Error('nothing is wrong with it');
  return parsed.error;
}

async function connecting(uri: string): Promise<Diagnostic> {
  const connected = await connectLibvirt(uri, {
    ...usualOptions('read-write'),
    places: { system: ['/nonexistent/libvirt'], session: [] },
  });
  if (connected.ok) throw new Error('somebody is there');
  return connected.error;
}

const provoked: Readonly<Record<keyof typeof libvirtCodes, () => Promise<Diagnostic> | Diagnostic>> = {
  SL870: () => refused('qemu:///sytem'),
  SL871: () => refused('qemu://host1/system'),
  SL872: async () => {
    const said = await connecting('qemu:///system');
    return { ...said, message: said.message.replaceAll('/nonexistent/', '/run/') };
  },
  SL873: () =>
    told(
      {
        ...on('AuthPolkit', {
          type: 'error',
          code: 45,
          domain: 60,
          message: 'authentication failed: access denied by policy',
        }),
        auths: [2],
      },
      '',
      () => Promise.reject(new Error('it let us in')),
    ).then((said) => ({
      ...said,
      message: said.message.replace(/`[^`]*sock`/, '`/run/libvirt/libvirt-sock`'),
    })),
  SL874: () =>
    told(
      on('NetworkUpdate', {
        type: 'error',
        code: 29,
        domain: 19,
        message: 'operation virNetworkUpdate forbidden: read only access prevents virNetworkUpdate',
      }),
      'updating network `lab`',
      (client) => client.update(REF, UPDATE),
    ),
  SL875: () => noSuchNetwork('defualt', ['default', 'lab'], { uri: 'qemu:///system' }),
  SL876: () =>
    told(
      on('NetworkUpdate', {
        type: 'error',
        code: 55,
        domain: 19,
        message: 'Requested operation is not valid: network is not running',
      }),
      'updating network `lab`',
      (client) => client.update(REF, UPDATE),
    ),
  SL877: () =>
    told(on('NetworkGetXMLDesc', { type: 'cut', bytes: 0 }), 'reading network `lab`', (client) =>
      client.xml(REF, 'config'),
    ),
  SL878: () =>
    told(on('NetworkUpdate', { type: 'cut', bytes: 0 }), 'updating network `lab`', (client) =>
      client.update(REF, UPDATE),
    ),
  SL879: () =>
    told(on('NetworkGetXMLDesc', { type: 'silence' }), 'reading network `lab`', (client) =>
      client.xml(REF, 'config'),
    ),
  SL880: () =>
    told(
      on('NetworkGetXMLDesc', { type: 'instead', bytes: () => Buffer.from('HTTP/1.1 400 Bad Request\r\n') }),
      'reading network `lab`',
      (client) => client.xml(REF, 'config'),
    ),
  SL881: async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'sluice-ssh-'));
    const program = path.join(directory, 'ssh');
    writeFileSync(
      program,
      '#!/bin/sh\necho "ssh: Could not resolve hostname host1: Name or service not known" >&2\nexit 255\n',
    );
    chmodSync(program, 0o755);
    const said = await connecting(`qemu+ssh://olga@host1/system?command=${program}`);
    rmSync(directory, { recursive: true });
    return { ...said, help: said.help?.replace(`${directory}/`, '') ?? null };
  },
  SL882: async () => {
    const said = await told({ ...HEALTHY, auths: [1] }, '', () => Promise.reject(new Error('it let us in')));
    return { ...said, message: said.message.replace(/`[^`]*sock`/, '`/run/libvirt/libvirt-sock`') };
  },
  SL883: () =>
    told(HEALTHY, 'defining network `lab`', (client) => client.define('x'.repeat(5_000_000), false)),
};

test.each(Object.entries(provoked))('%s', async (code, provoke) => {
  const diagnostic = await provoke();
  expect(diagnostic.code).toBe(code);
  pageOf(code).shows([diagnostic]);
});
