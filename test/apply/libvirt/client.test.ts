// The client against a daemon that does what no healthy one would: what each call says then, and what it says of the outcome.

import { afterEach, describe, expect, test } from 'vitest';
import type { CallFailure, Client, LifecycleEvent } from '../../../src/apply/libvirt/rpc/client.ts';
import { connectLibvirt, usualOptions } from '../../../src/apply/libvirt/rpc/connect.ts';
import { explainFailure } from '../../../src/apply/libvirt/rpc/explain.ts';
import { PATIENCE, type Patience } from '../../../src/apply/libvirt/rpc/session.ts';
import type { Result } from '../../../src/std/result.ts';
import {
  eventFrame,
  type FakeDaemon,
  type FakeServer,
  type FakeUpdate,
  HEALTHY,
  keepaliveFrame,
  type Reaction,
  startFakeServer,
} from './fake-server.ts';

const REF = { name: 'lab', uuid: '00000000-0000-4000-8000-000000000001' };
const LAB: FakeDaemon = {
  ...HEALTHY,
  networks: [
    { name: 'lab', live: '<network>live</network>', config: '<network>config</network>' },
    { name: 'dmz', live: null, config: '<network/>' },
  ],
};
const UPDATE = {
  command: 'add-last',
  section: 'ip-dhcp-host',
  parentIndex: 0,
  xml: "<host ip='10.0.0.9'/>",
  scope: 'live+config',
} as const;

let stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.toReversed()) await stop();
  stops = [];
});

async function serve(daemon: FakeDaemon): Promise<FakeServer> {
  const server = await startFakeServer(daemon);
  stops.push(server.stop);
  return server;
}

async function connect(
  server: FakeServer,
  patience: Partial<Patience> = {},
): Promise<Client | { readonly code: string; readonly message: string }> {
  const connected = await connectLibvirt(server.uri, {
    ...usualOptions('read-write'),
    patience: { ...PATIENCE, ...patience },
  });
  if (connected.ok) {
    stops.push(connected.value.close);
    return connected.value;
  }
  return connected.error;
}

async function opened(
  daemon: FakeDaemon,
  patience: Partial<Patience> = {},
): Promise<{ readonly server: FakeServer; readonly client: Client }> {
  const server = await serve(daemon);
  const client = await connect(server, patience);
  if ('code' in client) throw new Error(client.message);
  return { server, client };
}

/** Reacts to calls of this name only. */
function on(name: string, reaction: Reaction, daemon: FakeDaemon = LAB): FakeDaemon {
  return { ...daemon, react: (call) => (call.name === name ? reaction : { type: 'usual' }) };
}

/** `refused: libvirt`, `unknown: protocol frame-cut-short`; or the value. */
function short(result: Result<unknown, CallFailure>): unknown {
  if (result.ok) return result.value;
  const { outcome, reason } = result.error;
  const what =
    reason.type === 'protocol'
      ? ` ${reason.fault}`
      : reason.type === 'libvirt'
        ? ` ${reason.error.code}`
        : '';
  return `${outcome}: ${reason.type}${what}`;
}

describe('the first words', () => {
  test('are those of libvirt’s own clients', async () => {
    const { server } = await opened(LAB);
    expect(server.calls).toEqual([
      'AuthList',
      'ConnectSupportsFeature',
      'ConnectOpen',
      'ConnectSupportsFeature',
    ]);
  });

  test('go through polkit where the daemon wants it', async () => {
    const { server } = await opened({ ...LAB, auths: [2] });
    expect(server.calls.slice(0, 2)).toEqual(['AuthList', 'AuthPolkit']);
  });

  test('do without where the daemon offers that, too', async () => {
    const { server } = await opened({ ...LAB, auths: [2, 0] });
    expect(server.calls).not.toContain('AuthPolkit');
  });

  test('know of no keepalive where the daemon knows of none', async () => {
    const { server } = await opened({ ...LAB, features: [16] }, { keepAlive: { interval: 5, misses: 1 } });
    await pause(50);
    expect(server.pulses).toEqual([]);
  });

  const refusal: Reaction = { type: 'error', code: 39, domain: 7, message: 'authentication required' };
  test.each<[string, FakeDaemon, string]>([
    ['AuthList', on('AuthList', refusal), 'SL876'],
    ['AuthPolkit', on('AuthPolkit', refusal, { ...LAB, auths: [2] }), 'SL873'],
    ['ConnectSupportsFeature', on('ConnectSupportsFeature', refusal), 'SL876'],
    ['ConnectOpen', on('ConnectOpen', refusal), 'SL876'],
    [
      'the order of arguments, which must not count as the old one',
      {
        ...LAB,
        react: (call) =>
          call.name === 'ConnectSupportsFeature' && call.before === 1 ? refusal : { type: 'usual' },
      },
      'SL876',
    ],
    ['nothing but SASL', { ...LAB, auths: [1] }, 'SL882'],
    ['an authentication of the future', { ...LAB, auths: [9] }, 'SL882'],
  ])('end at %s', async (_, daemon, code) => {
    const server = await serve(daemon);
    expect(await connect(server)).toMatchObject({ code });
  });

  test.each(['AuthList', 'ConnectSupportsFeature', 'ConnectOpen'])(
    'end when %s has no answer',
    async (name) => {
      expect(await connect(await serve(on(name, { type: 'silence' })), { open: 50 })).toMatchObject({
        code: 'SL879',
      });
    },
  );

  test('are cut anywhere, and it is said', async () => {
    // 28 bytes of header and the list of one
    for (let bytes = 0; bytes < 36; bytes++) {
      const failed = await connect(await serve(on('AuthList', { type: 'cut', bytes })));
      expect(failed).toMatchObject({ code: bytes === 0 ? 'SL877' : 'SL880' });
    }
  });
});

describe('the calls', () => {
  test('that read', async () => {
    const { client } = await opened(LAB);
    expect(short(await client.libraryVersion())).toBe('9.0.0');
    expect(short(await client.canonicalUri())).toBe('network:///system');
    expect(short(await client.listNetworks())).toMatchObject([{ name: 'dmz' }, { name: 'lab' }]);
    expect(short(await client.lookupByName('lab'))).toEqual(REF);
    expect(short(await client.lookupByUuid(REF.uuid))).toEqual(REF);
    expect(short(await client.lookupByName('lba'))).toBe('nothing: libvirt 43');
    expect(short(await client.xml(REF, 'live'))).toBe('<network>live</network>');
    expect(short(await client.xml(REF, 'config'))).toBe('<network>config</network>');
    expect(short(await client.isActive(REF))).toBe(true);
    expect(short(await client.isPersistent(REF))).toBe(true);
    expect(short(await client.bridgeName(REF))).toBe('virbr0');
    expect(short(await client.leases(REF))).toEqual([]);
  });

  test('that change', async () => {
    const { client, server } = await opened(LAB);
    const made = await client.define('<network><name>new</name></network>', true);
    if (!made.ok) throw new Error('not defined');
    const { network, validated } = made.value;
    expect(validated).toBe(true);
    expect(short(await client.start(network))).toBeNull();
    expect(short(await client.start(network))).toBe('refused: libvirt 55');
    expect(short(await client.setAutostart(network, true))).toBeNull();
    expect(short(await client.autostart(network))).toBe(true);
    expect(short(await client.undefine(network))).toBeNull();
    expect(short(await client.isPersistent(network))).toBe(false);
    expect(short(await client.destroy(network))).toBeNull();
    expect(server.networks.has(network.uuid)).toBe(false);
  });

  test('define without validating where the daemon cannot', async () => {
    const old = on('NetworkDefineXMLFlags', {
      type: 'error',
      code: 39,
      domain: 7,
      message: 'unknown procedure: 432',
    });
    const { client, server } = await opened(old);
    const xml = '<network><name>new</name></network>';
    expect(short(await client.define(xml, true))).toMatchObject({
      validated: false,
      network: { name: 'new' },
    });
    expect(server.calls).toContain('NetworkDefineXML');
  });

  test('never define without validating because validation failed', async () => {
    const strict = on('NetworkDefineXMLFlags', { type: 'error', code: 92, domain: 5, message: 'schema' });
    const { client, server } = await opened(strict);
    expect(short(await client.define('<network><name>new</name></network>', true))).toBe(
      'refused: libvirt 92',
    );
    expect(server.calls).not.toContain('NetworkDefineXML');
  });

  test('refuse what libvirt would read otherwise, and send nothing', async () => {
    const { client, server } = await opened(LAB);
    expect(short(await client.define("<txt value='a\0'/>", false))).toBe('nothing: unsendable');
    expect(short(await client.update(REF, { ...UPDATE, xml: '\0' }))).toBe('nothing: unsendable');
    expect(server.calls).not.toContain('NetworkUpdate');
    expect(short(await client.isActive(REF))).toBe(true);
  });
});

describe('an update reaches', () => {
  const wire: FakeUpdate[] = [];
  test.each<[string, readonly number[]]>([
    ['a daemon of today', [10, 16]],
    ['a daemon with the old order of arguments', [10]],
  ])('%s as what it is', async (_, features) => {
    wire.length = 0;
    const { client } = await opened({ ...LAB, features, onUpdate: (update) => wire.push(update) });
    expect(short(await client.update(REF, UPDATE))).toBeNull();
    expect(
      short(
        await client.update(REF, {
          ...UPDATE,
          command: 'delete',
          section: 'dns-srv',
          parentIndex: -1,
          scope: 'config',
        }),
      ),
    ).toBeNull();
    expect(wire).toMatchObject([
      { command: 3, section: 4, parentIndex: 0, xml: UPDATE.xml, flags: 3 },
      { command: 2, section: 12, parentIndex: -1, flags: 2 },
    ]);
  });
});

describe('a connection that breaks', () => {
  test('at each byte of an answer leaves the outcome of an update unknown', async () => {
    for (let bytes = 0; bytes < 28; bytes++) {
      const { client } = await opened(on('NetworkUpdate', { type: 'cut', bytes }));
      const result = await client.update(REF, UPDATE);
      expect(short(result)).toBe(bytes === 0 ? 'unknown: lost' : 'unknown: protocol frame-cut-short');
      if (!result.ok) expect(explainFailure(result.error, 'testing', client).code).toBe('SL878');
      expect(await client.ended).toMatch(/closed the connection/);
    }
  });

  test('at each byte of an answer leaves a reading call without effect', async () => {
    const whole = 28 + 4 + 24;
    for (let bytes = 0; bytes < whole; bytes++) {
      const { client } = await opened(on('NetworkGetXMLDesc', { type: 'cut', bytes }));
      expect(short(await client.xml(REF, 'live'))).toBe(
        bytes === 0 ? 'nothing: lost' : 'nothing: protocol frame-cut-short',
      );
    }
    const { client } = await opened(on('NetworkGetXMLDesc', { type: 'cut', bytes: whole }));
    expect(short(await client.xml(REF, 'live'))).toBe('<network>live</network>');
  });

  test('takes all waiting calls along: those that were sent are unknown, the others nothing', async () => {
    const { client, server } = await opened({
      ...LAB,
      react: ({ name }) => (/Update|IsActive/.test(name) ? { type: 'silence' } : { type: 'usual' }),
    });
    const calls = [client.update(REF, UPDATE), client.update(REF, UPDATE), client.isActive(REF)];
    await until(() => server.calls.includes('NetworkIsActive'));
    server.hangUp();
    expect((await Promise.all(calls)).map(short)).toEqual([
      'unknown: lost',
      'nothing: lost',
      'nothing: lost',
    ]);
    expect(server.calls.filter((name) => name === 'NetworkUpdate')).toHaveLength(1);
    expect(short(await client.update(REF, UPDATE))).toBe('nothing: lost');
  });

  test('says so to whoever waits for it', async () => {
    const { client, server } = await opened(LAB);
    server.hangUp();
    expect(await client.ended).toMatch(/closed the connection|ECONNRESET/);
  });

  test('is not said of one that was closed', async () => {
    const { client, server } = await opened(LAB);
    await Promise.all([client.close(), client.close()]);
    await client.close();
    expect(await client.ended).toBeNull();
    expect(server.calls.filter((name) => name === 'ConnectClose')).toHaveLength(1);
    expect(short(await client.isActive(REF))).toBe('nothing: lost');
  });

  test('closes also where nobody answers', async () => {
    const { client } = await opened(on('ConnectClose', { type: 'silence' }), { goodbye: 20 });
    await client.close();
    expect(await client.ended).toBeNull();
  });
});

describe('bytes that libvirt would not send', () => {
  const reader =
    (change: (answer: Buffer) => void): ((answer: Buffer) => Buffer) =>
    (answer) => {
      const copy = Buffer.from(answer);
      change(copy);
      return copy;
    };
  const cases: readonly [string, (answer: Buffer) => Buffer][] = [
    ['frame-too-short', reader((bytes) => bytes.writeUInt32BE(27, 0))],
    ['frame-too-long', reader((bytes) => bytes.writeUInt32BE(33_554_437, 0))],
    ['unknown-program', reader((bytes) => bytes.writeUInt32BE(0x20008087, 4))],
    ['unknown-version', reader((bytes) => bytes.writeUInt32BE(2, 8))],
    ['unexpected-procedure', reader((bytes) => bytes.writeInt32BE(999, 12))],
    ['unexpected-type', reader((bytes) => bytes.writeInt32BE(3, 16))],
    ['unexpected-type', reader((bytes) => bytes.writeInt32BE(5, 16))],
    ['unexpected-serial', reader((bytes) => bytes.writeUInt32BE(4711, 20))],
    ['unexpected-status', reader((bytes) => bytes.writeInt32BE(2, 24))],
    // an error without its fields
    [
      'payload-cut-short',
      (answer) => reader((bytes) => bytes.writeInt32BE(1, 24))(answer.subarray(0, answer.length)),
    ],
    [
      'payload-too-long',
      (answer) => {
        const longer = Buffer.concat([answer, Buffer.alloc(4)]);
        longer.writeUInt32BE(longer.length, 0);
        return longer;
      },
    ],
  ];

  test.each(cases)('%s: an update has no known outcome, and the connection is over', async (fault, bytes) => {
    const { client } = await opened(on('NetworkUpdate', { type: 'instead', bytes }));
    expect(short(await client.update(REF, UPDATE))).toBe(`unknown: protocol ${fault}`);
    expect(await client.ended).not.toBeNull();
    expect(short(await client.isActive(REF))).toBe(`nothing: protocol ${fault}`);
  });

  test('do not spoil a proper answer that came before them', async () => {
    const { client } = await opened(
      on('NetworkUpdate', {
        type: 'instead',
        bytes: (answer) => Buffer.concat([answer, Buffer.from('HTTP')]),
      }),
    );
    expect(short(await client.update(REF, UPDATE))).toBeNull();
    expect(await client.ended).toMatch(/claims 1213486160 bytes/);
  });

  test('a document that is not UTF-8', async () => {
    const { client } = await opened(
      on('NetworkGetXMLDesc', {
        type: 'instead',
        bytes: reader((bytes) => bytes.writeUInt8(0xff, 40)),
      }),
    );
    expect(short(await client.xml(REF, 'live'))).toBe('nothing: protocol payload-invalid');
  });
});

describe('a daemon that takes its time', () => {
  test('has its late answer ignored', async () => {
    const { client } = await opened(on('NetworkIsActive', { type: 'late', milliseconds: 60 }), { read: 20 });
    expect(short(await client.isActive(REF))).toBe('nothing: timeout');
    await pause(80);
    expect(short(await client.isPersistent(REF))).toBe(true);
  });

  test('gets no second change while the first may be under way', async () => {
    const { client, server } = await opened(
      {
        ...LAB,
        react: ({ name, before }) =>
          name === 'NetworkUpdate' && before === 0 ? { type: 'late', milliseconds: 1000 } : { type: 'usual' },
      },
      { change: 100 },
    );
    const updates = (): number => server.calls.filter((name) => name === 'NetworkUpdate').length;
    expect(short(await client.update(REF, UPDATE))).toBe('unknown: timeout');
    expect(short(await client.update(REF, UPDATE))).toBe('nothing: timeout');
    expect(updates()).toBe(1);
    // reading is not held up
    expect(short(await client.isActive(REF))).toBe(true);
    await pause(1000);
    expect(short(await client.update(REF, UPDATE))).toBeNull();
    expect(updates()).toBe(2);
  });

  test('gets changes one after the other, in their order, and readings at once', async () => {
    const seen: string[] = [];
    const { client, server } = await opened({
      ...on('NetworkUpdate', { type: 'late', milliseconds: 5 }),
      onUpdate: ({ xml }) => seen.push(xml),
    });
    const xmls = Array.from({ length: 10 }, (_, at) => `<host name='h${at}'/>`);
    const all = xmls.map((xml) => client.update(REF, { ...UPDATE, xml }));
    const read = client.isActive(REF);
    expect(short(await read)).toBe(true);
    expect(server.calls.filter((name) => name === 'NetworkUpdate')).toHaveLength(1);
    expect((await Promise.all(all)).map(short)).toEqual(xmls.map(() => null));
    expect(seen).toEqual(xmls);
  });
});

describe('keepalive', () => {
  test('answers the daemon’s', async () => {
    const { client, server } = await opened(LAB);
    server.say(keepaliveFrame(1));
    await until(() => server.pulses.length > 0);
    expect(server.pulses).toEqual([2]);
    expect(short(await client.isActive(REF))).toBe(true);
  });

  test('gives a daemon up that shows no sign of life', async () => {
    const { client, server } = await opened(on('NetworkUpdate', { type: 'silence' }), {
      keepAlive: { interval: 20, misses: 2 },
    });
    const result = await client.update(REF, UPDATE);
    expect(short(result)).toBe('unknown: lost');
    expect(await client.ended).toMatch(/no sign of life/);
    expect(server.pulses.filter((one) => one === 1).length).toBeGreaterThanOrEqual(2);
  });

  test('takes any word for a sign of life', async () => {
    const { client, server } = await opened(LAB, { keepAlive: { interval: 60, misses: 2 } });
    for (let i = 0; i < 20; i++) {
      server.say(keepaliveFrame(2));
      await pause(10);
    }
    expect(short(await client.isActive(REF))).toBe(true);
  });
});

describe('events', () => {
  const event = (callback: number, kind: number): Buffer =>
    eventFrame(315, (writer) => {
      writer.i32(callback);
      writer.text(REF.name);
      writer.uuid(REF.uuid);
      writer.i32(kind);
      writer.i32(0);
    });

  test('come to who asked, until they are no longer wanted', async () => {
    const { client, server } = await opened(LAB);
    const heard: LifecycleEvent[] = [];
    const listening = await client.onLifecycle((one) => heard.push(one));
    if (!listening.ok) throw new Error('not registered');
    server.say(Buffer.concat([event(7, 2), event(8, 2), event(7, 3), eventFrame(4711, () => {})]));
    await until(() => heard.length >= 2);
    expect(heard).toEqual([
      { network: REF, event: 'started' },
      { network: REF, event: 'stopped' },
    ]);
    expect(short(await listening.value.stop())).toBeNull();
    server.say(event(7, 0));
    expect(short(await client.isActive(REF))).toBe(true);
    expect(heard).toHaveLength(2);
  });

  test('that overtake the answer which numbers them are not lost', async () => {
    const { client } = await opened(
      on('ConnectNetworkEventRegisterAny', {
        type: 'instead',
        bytes: (answer) => Buffer.concat([event(7, 0), answer]),
      }),
    );
    const heard: LifecycleEvent[] = [];
    await client.onLifecycle((one) => heard.push(one));
    expect(heard).toEqual([{ network: REF, event: 'defined' }]);
  });

  test('that cannot be read end the connection', async () => {
    const { client, server } = await opened(LAB);
    await client.onLifecycle(() => {});
    server.say(eventFrame(315, (writer) => writer.i32(7)));
    expect(await client.ended).toMatch(/needs 4 bytes/);
  });
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 500) throw new Error('it never came');
    await pause(5);
  }
}
