// Behind its index the gate decides exactly as Casbin does over all rows, and explains with the same row; an index with a
// fault in it is noticed.

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gate } from '../../src/policy/gate.ts';
import type { Candidates, makeIndex, RuleIndex } from '../../src/policy/index.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Rule } from '../../src/policy/policy.ts';
import { disagreements, type Room, series } from './against-casbin.ts';

const REQUESTS = 100_000;

test(`decides as a plain enforcer over all rows, in ${REQUESTS} random requests`, async () => {
  let asked = 0;
  while (asked < REQUESTS) {
    await fc.assert(
      fc.asyncProperty(series, async (one) => {
        const { asked: here, different } = await disagreements({ gate, loadPolicy }, one);
        asked += here;
        expect(different).toEqual([]);
      }),
      { numRuns: 25 },
    );
  }
}, 300_000);

/** What is done to the candidates; `all` are the rows of the file, in its order. */
type Fault = (rows: readonly Rule[], all: readonly Rule[], subject: string) => readonly Rule[];

const FAULTS: Readonly<Record<string, Fault>> = {
  'rows of any depth are left out': (rows) =>
    rows.filter(
      ({ covers }) => covers.type !== 'changes' || !(covers.pattern.anyDepth || covers.pattern.everything),
    ),
  'paths that begin with a star are left out': (rows) =>
    rows.filter(({ covers }) => covers.type !== 'changes' || covers.pattern.steps[0]?.name !== null),
  'rows for everyone are left out': (rows) => rows.filter((rule) => rule.subject !== 'role:everyone'),
  'denies are left out': (rows) => rows.filter((rule) => rule.effect !== 'deny'),
  'denies with a condition are left out': (rows) =>
    rows.filter((rule) => rule.effect !== 'deny' || rule.when === ''),
  'rows come in another order': (rows) => rows.toReversed(),
  'rows come by subject': (rows) => rows.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)),
  'rows of users only': (rows, _, subject) =>
    rows.filter((rule) => rule.subject === subject || rule.subject === 'role:everyone'),
  'the last row is forgotten': (rows) => rows.slice(0, -1),
};

type AddressReader = NonNullable<ReturnType<typeof import('../../src/policy/condition.ts').addressReader>>;

type Planted = { readonly room: Room; readonly disagreements: typeof disagreements };

describe('an index in which', () => {
  afterEach(() => {
    vi.doUnmock('../../src/policy/index.ts');
    vi.doUnmock('../../src/policy/condition.ts');
    vi.doUnmock('../../src/policy/narrow.ts');
    vi.resetModules();
  });

  /** The gate with another `makeIndex` in it. */
  async function roomWith(make: (real: typeof makeIndex) => typeof makeIndex): Promise<Planted> {
    vi.resetModules();
    vi.doMock('../../src/policy/index.ts', async (original) => {
      const real = await original<{ makeIndex: typeof makeIndex }>();
      return { ...real, makeIndex: make(real.makeIndex) };
    });
    return imported();
  }

  /** What the mocks are planted in: also the comparison, because elements are told apart by identity. */
  async function imported(): Promise<Planted> {
    const { gate } = await import('../../src/policy/gate.ts');
    const { loadPolicy } = await import('../../src/policy/load.ts');
    const { disagreements } = await import('./against-casbin.ts');
    return { room: { gate, loadPolicy }, disagreements };
  }

  async function isCaught({ room, disagreements }: Planted): Promise<boolean> {
    const found = await fc.check(
      fc.asyncProperty(series, async (one) => (await disagreements(room, one)).different.length === 0),
      { numRuns: 400, endOnFailure: true },
    );
    return found.failed;
  }

  test.each(Object.entries(FAULTS))('%s is caught', async (_, fault) => {
    const planted = await roomWith((real) => (all, closure) => {
      const index: RuleIndex = real(all, closure);
      const known = new Map<Candidates, Candidates>();
      return {
        candidates: (...request) => {
          const honest = index.candidates(...request);
          let faulty = known.get(honest);
          if (faulty === undefined) {
            const of = (rows: readonly Rule[]): readonly Rule[] => fault(rows, all, request[0]);
            faulty = { ...honest, rows: of(honest.rows), narrow: (place) => of(honest.narrow(place)) };
            known.set(honest, faulty);
          }
          return faulty;
        },
      };
    });
    expect(await isCaught(planted)).toBe(true);
  });

  test('roles are followed one link deep is caught', async () => {
    const planted = await roomWith((real) => (all, closure) => {
      const direct = (subject: string, network: string): ReadonlySet<string> =>
        new Set([...closure(subject, network)].slice(0, 2).concat('role:everyone'));
      return real(all, direct);
    });
    expect(await isCaught(planted)).toBe(true);
  });

  test('an attribute is decided as its element is caught', async () => {
    const planted = await roomWith((real) => (all, closure) => {
      const index = real(all, closure);
      return { candidates: (...request) => ({ ...index.candidates(...request), leafless: true }) };
    });
    expect(await isCaught(planted)).toBe(true);
  });

  /** The gate with another reading of addresses in its index. */
  async function roomThatReads(make: (read: AddressReader) => AddressReader): Promise<Planted> {
    vi.resetModules();
    vi.doMock('../../src/policy/condition.ts', async (original) => {
      const real = await original<typeof import('../../src/policy/condition.ts')>();
      return {
        ...real,
        addressReader: (...asked: Parameters<typeof real.addressReader>) => {
          const read = real.addressReader(...asked);
          return read === null ? null : make(read);
        },
      };
    });
    return imported();
  }

  test('denies whose address is missing are left out is caught', async () => {
    expect(await isCaught(await roomThatReads((read) => (element) => read(element) ?? 'none'))).toBe(true);
  });

  test('an address is taken for another is caught', async () => {
    const shifted = await roomThatReads((read) => (element) => (read(element) === null ? null : '10.0.0.5'));
    expect(await isCaught(shifted)).toBe(true);
  });

  test('denies are looked for on the later side only is caught', async () => {
    vi.resetModules();
    vi.doMock('../../src/policy/narrow.ts', async (original) => {
      const real = await original<typeof import('../../src/policy/narrow.ts')>();
      const narrowing: typeof real.narrowing = (rows, example) => {
        const narrow = real.narrowing(rows, example);
        return (place) => {
          const last = place?.chain.at(-1);
          if (place === null || last === undefined || last.result === null) return narrow(place);
          const later = narrow({ ...place, chain: [...place.chain.slice(0, -1), { ...last, base: null }] });
          return narrow(place).filter((one) => one.effect === 'allow' || later.includes(one));
        };
      };
      return { ...real, narrowing };
    });
    expect(await isCaught(await imported())).toBe(true);
  });
});
