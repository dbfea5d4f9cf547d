// No script, document or policy makes the gate throw through, loop, or work more than its length warrants: hostile texts of
// growing size, measured in steps (steps.ts), and random ones that only must come to an end.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countSteps } from './steps.ts';

const stepsOf = countSteps();
const { gate } = await import('../../src/policy/gate.ts');
const { networkMatches } = await import('../../src/policy/names.ts');
const { loadPolicy } = await import('../../src/policy/load.ts');
const { MODEL_TEXT } = await import('../../src/policy/model-conf.ts');
const { policyOf, requestOf } = await import('../policy/decide.ts');
const { outcome, scripting, wanting } = await import('./attempt.ts');

const many = (n: number, make: (i: number) => string, joint = '\n'): string =>
  Array.from({ length: n }, (_, i) => make(i)).join(joint);
const row = (rest: string): string => `p, allow, user:nina, *, ${rest}`;
const when = (condition: string): string => row(`ip[*].dhcp.host[*], modify, *, "${condition}"`);

/** Four times as much input is at most five times as much work. */
function expectLinear(work: (n: number) => () => void, n = 150): void {
  const measure = (size: number): number => {
    const run = work(size);
    run(); // what is remembered of the table is made once
    return stepsOf(work(size));
  };
  const [small, large] = [measure(n), measure(4 * n)];
  expect(large / small).toBeLessThan(5);
  expect(small).toBeGreaterThan(n / 10);
}

test('the measure sees work that is not linear', () => {
  const squared = (n: number) => () => {
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) networkMatches('a', 'b');
  };
  expect(() => expectLinear(squared)).toThrow();
});

describe('a policy', () => {
  const texts: Readonly<Record<string, (n: number) => string>> = {
    'of many rows': (n) => many(n, (i) => when(`ip in 10.0.${i & 255}.0/24 and name like *.t${i}`)),
    'of the same row': (n) => many(n, () => row('bridge, *, *, ""')),
    'of a chain of roles': (n) => many(n, (i) => `g, role:r${i}, role:r${i + 1}, *`),
    'of a circle of roles': (n) => many(n, (i) => `g, role:r${i}, role:r${(i + 1) % n}, *`),
    'of many circles': (n) => many(n, (i) => `g, role:r${i ^ 1}, role:r${i}, *`),
    'of a fan of roles': (n) => many(n, (i) => `g, user:nina, role:r${i}, *\ng, role:r${i}, role:top, *`),
    'of roles that nobody has': (n) => many(n, (i) => `p, allow, role:x${i}, *, bridge, *, *, "role y${i}"`),
    'of unknown kinds': (n) => many(n, (i) => `q${i}, x`),
    'of open quotes': (n) => many(n, () => 'p, "allow, user:nina'),
    'of doubled quotes': (n) => `p, "${'""'.repeat(n)}"`,
    'of commas': (n) => `p${','.repeat(n)}`,
    'of blanks': (n) => `p${' '.repeat(n)},${'\t'.repeat(n)}`,
    'of line ends': (n) => '\r\n'.repeat(n),
    'of comments': (n) => many(n, () => '# ( " \u202e'),
    'of parentheses': (n) => row(`${'('.repeat(n)}${')'.repeat(n)}, *, *, ""`),
    'of stars': (n) => `p, allow, user:nina, ${'*a'.repeat(n)}, **, *, *, ""`,
    'of operations': (n) => row(`bridge, ${many(n, (i) => `op${i}`, '|')}, *, ""`),
    'of one operation': (n) => row(`bridge, ${'add|'.repeat(n)}add, *, ""`),
    'of steps': (n) => row(`${'ip.'.repeat(n)}dhcp, *, *, ""`),
    'of stars in a path': (n) => row(`${'*.'.repeat(n)}**, *, *, ""`),
    'of key parts': (n) => row(`dns.srv[${'a/'.repeat(n)}a], *, *, ""`),
    'of a long name': (n) => row(`${'brigde'.repeat(n)}, *, *, ""`),
    'of escapes in a path': (n) => row(`dns.txt['${'\\u{41}'.repeat(n)}'], *, *, ""`),
    'of brackets': (n) => row(`${'ip['.repeat(n)}, *, *, ""`),
    'of `and`': (n) => when(many(n, (i) => `name != x${i}`, ' and ')),
    'of `or`': (n) => when(many(n, (i) => `name == x${i}`, ' or ')),
    'of a set': (n) => when(`name in {${many(n, (i) => `x${i}`, ', ')}}`),
    'of `not`': (n) => when(`${'not '.repeat(n)}role a`),
    'of open parentheses in a condition': (n) => when('('.repeat(n)),
    'of counts': (n) => when(many(n, (i) => `count(ip[*].dhcp.host where name == x${i}) > ${i}`, ' and ')),
    'of counts in counts': (n) => when(`${'count(ip where '.repeat(n)}`),
    'of operators': (n) => when(`name ${'='.repeat(n)} x`),
    'of days': (n) => when(`time in ${many(n, () => 'mon', ',')}`),
    'of zones': (n) => when(`time in mon ${'Europe/'.repeat(n)}`),
    'of a long value': (n) => when(`name like ${'a'.repeat(n)}*`),
    'of wrong attributes': (n) => when(many(n, (i) => `nmae${i} == x`, ' or ')),
  };
  test.each(Object.entries(texts))('%s', (_, text) => {
    expectLinear((n) => {
      const rows = text(n);
      const [model, source] = [
        { name: 'm', text: MODEL_TEXT },
        { name: 'r', text: rows },
      ];
      return () => {
        loadPolicy({ model, rules: source, name: 'x' });
      };
    });
  });
});

describe('a document', () => {
  const base = '<network><name>default</name></network>';
  const rules = `p, allow, user:nina, *, **, *, *, ""
p, deny, role:everyone, *, **.host[*], *, *, "role nobody"
p, deny, role:everyone, *, ip[*].dhcp.host[*], add, *, "count(ip[*].dhcp.host where ip in 10.0.0.0/8) > 100000"
p, allow, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.0/8 and name like *a"
p, report, role:everyone, *, **.*.**, *, *, ""
p, allow, role:op, *, ip[*].dhcp.host[*], *, *, ""`;
  const documents: Readonly<Record<string, (n: number) => string>> = {
    'of hosts': (n) =>
      `<ip address="10.0.0.1"><dhcp>${many(n, (i) => `<host name="h${i}" ip="10.1.${i >> 8}.${i & 255}"/>`)}</dhcp></ip>`,
    'of equal hosts': (n) =>
      `<ip address="10.0.0.1"><dhcp>${many(n, () => '<host name="h" ip="10.0.0.2"/>')}</dhcp></ip>`,
    'of elements that nobody knows': (n) => many(n, (i) => `<x${i}/>`),
    'of one unknown element': (n) => many(n, () => '<x/>'),
    'of unknown elements in each other': (n) =>
      many(n / 50, (i) => `<portgroup name="p${i}">${'<x>'.repeat(50)}${'</x>'.repeat(50)}</portgroup>`),
    'of unknown attributes': (n) =>
      many(n / 50, (i) => `<portgroup name="p${i}" ${many(50, (at) => `a${i}-${at}="1"`, ' ')}/>`),
    'of namespaces': (n) => many(n, (i) => `<e:x xmlns:e="urn:${i}"/>`),
    'of text': (n) => `<ip address="10.0.0.1">${many(n, (i) => `t${i}<!-- x -->`)}</ip>`,
    'of a long value': (n) => `<domain name="${'a'.repeat(n)}"/>`,
    'of metadata': (n) => `<metadata>${many(n, (i) => `<m:x xmlns:m="urn:${i}"><y/></m:x>`)}</metadata>`,
    'of portgroups': (n) =>
      many(n, (i) => `<portgroup name="p${i}"><bandwidth><inbound average="1"/></bandwidth></portgroup>`),
  };
  const policy = policyOf(rules);
  for (const as of ['nina', 'alice']) {
    test.each(Object.entries(documents))(`%s, decided for ${as}`, (_, inner) => {
      expectLinear((n) => {
        const request = requestOf({
          policy,
          as,
          base,
          result: `<network><name>default</name>${inner(n)}</network>`,
        });
        return () => {
          gate(policy, request);
        };
      });
    });
  }

  test('of many names, and a policy of many rows', () => {
    expectLinear((n) => {
      const rows = policyOf(
        many(n, (i) => `p, allow, user:u${i}, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.${i & 255}/32"`),
      );
      const result = `<network><name>default</name>${many(n, (i) => `<x${i}/>`)}</network>`;
      const request = requestOf({ policy: rows, as: 'nina', base, result });
      return () => {
        gate(rows, request);
      };
      // beyond the kinds of unknown things whose nearest rules are looked for
    }, 400);
  });

  test('of many hosts, and a policy of as many rows about hosts', () => {
    expectLinear((n) => {
      const rows = policyOf(
        many(
          n,
          (i) => `p, allow, user:nina, *, ip[*].dhcp.host[*], *, *, "ip in 10.1.${i >> 8}.${i & 255}/32"`,
        ),
      );
      const hosts = many(n, (i) => `<host name="h${i}" ip="10.1.${i >> 8}.${i & 255}"/>`);
      const has = (inDhcp: string): string =>
        `<network><name>default</name><ip address="10.0.0.1"><dhcp>${inDhcp}</dhcp></ip></network>`;
      const request = requestOf({
        policy: rows,
        as: 'nina',
        base: has(hosts),
        result: has(hosts.replaceAll('name="h', 'name="g')),
      });
      return () => {
        expect(gate(rows, request).verdicts[0]).toHaveLength(6 * n);
      };
    }, 100);
  });
});

describe('random texts', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '</',
    '/>',
    '"',
    "'",
    '&',
    '&#x41;',
    '&#0;',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<!DOCTYPE n>',
    '<?x?>',
    'network',
    'name',
    'ip',
    ' address=',
    ' xmlns:q=',
    '10.0.0.1',
    'default',
    '=',
    ' ',
    '\n',
    '\u0000',
    '\ufffe',
    '𝒳',
    '*',
    '${x}',
  );
  const soup = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(''));

  test('as a document come to a verdict or a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          soup,
          soup.map((inner) => `<network><name>default</name>${inner}</network>`),
        ),
        (text) => {
          expect(outcome(wanting('nina', '<network><name>default</name></network>', text))).not.toBe('');
        },
      ),
      { numRuns: 400 },
    );
  });

  const word = fc.constantFrom(
    'add',
    'set',
    'remove',
    'ensure',
    'replace',
    'host',
    'ip[10.0.0.1]',
    '.dhcp',
    'to',
    'mac=52:54:00:00:00:01',
    'ip=10.0.0.9',
    'if',
    'for',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '$x',
    '${',
    '=',
    '#',
    '\n',
    ';',
    '<host',
    '/>',
    '*',
    '**',
    '@',
    'patch "/network"',
  );
  test('as a script come to a verdict or a refusal', () => {
    const base = '<network><name>default</name><ip address="10.0.0.1" prefix="24"><dhcp/></ip></network>';
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
        (script) => {
          expect(outcome(scripting('nina', base, script))).not.toBe('');
        },
      ),
      { numRuns: 400 },
    );
  });

  test('as subject, network and values are denied or decided, and never thrown', () => {
    const policy = policyOf(
      'p, allow, role:everyone, lab-*, portgroup[*], *, *, "name like a* and role x"\np, deny, role:everyone, *, **, *, *, "not time in mon-fri"',
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.string({ maxLength: 300 }),
        (subject, name) => {
          const request = requestOf({
            policy,
            as: 'nina',
            base: '<network><name>n</name></network>',
            result: '<network><name>n</name><portgroup name="a"/></network>',
            network: name,
          });
          expect(gate(policy, { ...request, subject, realSubject: subject }).permit).toBeNull();
          expect(gate(policy, { ...request, subject: '__proto__', realSubject: subject }).permit).toBeNull();
          expect(gate(policy, { ...request, clock: Number.NaN }).permit).toBeNull();
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a network name against a pattern takes at most their product', () => {
    for (const n of [100, 255])
      expect(stepsOf(() => networkMatches('a'.repeat(n), `${'*a'.repeat(n / 2)}b`))).toBeLessThan(6 * n * n);
  });
});
