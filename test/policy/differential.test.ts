// Behind its index the gate decides exactly as Casbin does over all rows, and explains with the same row; an index with a
// fault in it is noticed.

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gate } from '../../src/policy/gate.ts';
import type { Candidates, Indexed, makeIndex, RuleIndex } from '../../src/policy/index.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { disagreements, given, type Room } from './against-casbin.ts';

test('decides as a plain enforcer over all rows', async () => {
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(given, async (one) => {
      const { asked: here, different } = await disagreements({ gate, loadPolicy }, one);
      asked += here;
      expect(different).toEqual([]);
    }),
    { numRuns: 200 },
  );
  expect(asked).toBeGreaterThan(1_000);
});

/** What is done to the candidates; `all` are the rows of the file, in its order. */
type Fault = (rows: readonly Indexed[], all: readonly Indexed[], subject: string) => readonly Indexed[];

const FAULTS: Readonly<Record<string, Fault>> = {
  'rows of any depth are left out': (rows) =>
    rows.filter(
      ({ rule }) =>
        rule.covers.type !== 'changes' || !(rule.covers.pattern.anyDepth || rule.covers.pattern.everything),
    ),
  'paths that begin with a star are left out': (rows) =>
    rows.filter(({ rule }) => rule.covers.type !== 'changes' || rule.covers.pattern.steps[0]?.name !== null),
  'rows for everyone are left out': (rows) => rows.filter(({ rule }) => rule.subject !== 'role:everyone'),
  'denies are left out': (rows) => rows.filter(({ rule }) => rule.effect !== 'deny'),
  'denies with a condition are left out': (rows) =>
    rows.filter(({ rule }) => rule.effect !== 'deny' || rule.when === ''),
  'rows come in another order': (rows) => rows.toReversed(),
  'rows come by subject': (rows) => rows.toSorted((a, b) => (a.rule.subject < b.rule.subject ? -1 : 1)),
  'rows of users only': (rows, _, subject) =>
    rows.filter(({ rule }) => rule.subject === subject || rule.subject === 'role:everyone'),
  'the last row is forgotten': (rows) => rows.slice(0, -1),
};

describe('an index in which', () => {
  afterEach(() => {
    vi.doUnmock('../../src/policy/index.ts');
    vi.resetModules();
  });

  /** The gate with another `makeIndex` in it. */
  async function roomWith(make: (real: typeof makeIndex) => typeof makeIndex): Promise<Room> {
    vi.resetModules();
    vi.doMock('../../src/policy/index.ts', async (original) => {
      const real = await original<{ makeIndex: typeof makeIndex }>();
      return { ...real, makeIndex: make(real.makeIndex) };
    });
    const { gate } = await import('../../src/policy/gate.ts');
    const { loadPolicy } = await import('../../src/policy/load.ts');
    return { gate, loadPolicy };
  }

  async function isCaught(room: Room): Promise<boolean> {
    const found = await fc.check(
      fc.asyncProperty(given, async (one) => (await disagreements(room, one)).different.length === 0),
      { numRuns: 1_000, endOnFailure: true },
    );
    return found.failed;
  }

  test.each(Object.entries(FAULTS))('%s is caught', async (_, fault) => {
    const room = await roomWith((real) => (all, closure) => {
      const index: RuleIndex = real(all, closure);
      const known = new Map<Candidates, Candidates>();
      return {
        candidates: (...request) => {
          const honest = index.candidates(...request);
          let faulty = known.get(honest);
          if (faulty === undefined) {
            faulty = { ...honest, rows: fault(honest.rows, all, request[0]) };
            known.set(honest, faulty);
          }
          return faulty;
        },
      };
    });
    expect(await isCaught(room)).toBe(true);
  });

  test('roles are followed one link deep is caught', async () => {
    const room = await roomWith((real) => (all, closure) => {
      const direct = (subject: string, network: string): ReadonlySet<string> =>
        new Set([...closure(subject, network)].slice(0, 2).concat('role:everyone'));
      return real(all, direct);
    });
    expect(await isCaught(room)).toBe(true);
  });

  test('an attribute is decided as its element is caught', async () => {
    const room = await roomWith((real) => (all, closure) => {
      const index = real(all, closure);
      return { candidates: (...request) => ({ ...index.candidates(...request), leafless: true }) };
    });
    expect(await isCaught(room)).toBe(true);
  });
});
